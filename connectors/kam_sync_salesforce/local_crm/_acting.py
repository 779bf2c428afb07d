"""How people act: in a transaction, as the owner of what they act on, refused as Salesforce would refuse them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from kam_sync_salesforce.local_crm._database import Database
from kam_sync_salesforce.local_crm._derived import Act
from kam_sync_salesforce.local_crm._errors import ApiError, RowError
from kam_sync_salesforce.local_crm._records import Writer


def find_slug(db: Database, kind: str, slug: str) -> str:
    """Return the id of an account, user, contact, …; raises ValueError when there is none of this slug."""
    found = db.row("SELECT id FROM slug WHERE kind = ? AND slug = ?", (kind, slug))
    if found is None:
        msg = f"the local Salesforce has no {kind} with the slug {slug!r}"
        raise ValueError(msg)
    return str(found[0])


class Acting:
    """What everybody's acts have in common.

    Args:
        db: The state.
        now: The present moment.
        administrator: Id of the user who acts where an owner is inactive, and who manages users.
    """

    def __init__(self, db: Database, now: Callable[[], dt.datetime], administrator: str) -> None:
        self._db = db
        self._now = now
        self._administrator = administrator

    def _account(self, slug: str) -> str:
        return find_slug(self._db, "account", slug)

    def _user(self, slug: str) -> str:
        return find_slug(self._db, "user", slug)

    def _change(self, account: str, object_name: str, record_id: str, values: Mapping[str, object]) -> None:
        with self._writing() as writer_for:
            writer_for(self._account(account)).update(object_name, record_id, values)

    def _change_account(self, account: str, values: Mapping[str, object]) -> None:
        self._change(account, "Account", self._account(account), values)

    def _plans(self, account_id: str) -> list[str]:
        query = 'SELECT "Id" FROM "AccountPlan" WHERE "AccountId" = ? AND "IsDeleted" = 0 ORDER BY _row'
        return [str(plan_id) for (plan_id,) in self._db.rows(query, (account_id,))]

    @contextmanager
    def _writing(self) -> Iterator[Callable[[str], Writer]]:
        """Open a transaction and give what makes the writer of an account's owner; refusals become ValueErrors."""
        try:
            with self._db.transaction():
                yield lambda account_id: self._writer(self._owner_of("Account", account_id))
        except (RowError, ApiError) as error:
            msg = f"Salesforce refuses this: {error}"
            raise ValueError(msg) from error

    def _owner_of(self, object_name: str, record_id: str) -> str:
        found = self._db.row(f'SELECT "OwnerId" FROM "{object_name}" WHERE "Id" = ?', (record_id,))  # noqa: S608 - names of this package
        return self._active(str(found[0]) if found else "")

    def _active(self, user_id: str) -> str:
        api_user = self._db.row('SELECT "CreatedById" FROM "Organization"') or ("",)
        found = self._db.row('SELECT "IsActive" FROM "User" WHERE "Id" = ?', (user_id,))
        return user_id if found and found[0] and user_id != api_user[0] else self._administrator

    def _writer(self, user_id: str) -> Writer:
        return Writer(db=self._db, view=self._db.catalogue, act=Act(user_id=user_id, at=self._now()))
