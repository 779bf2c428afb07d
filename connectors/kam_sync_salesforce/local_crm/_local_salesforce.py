"""The local Salesforce as its users hold it: start it, load it, act in it, spoil it, stop it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final, Self

from kam_sync.clock import Clock
from kam_sync.portfolio import Portfolio
from kam_sync_salesforce.local_crm._catalogue import Switches
from kam_sync_salesforce.local_crm._database import Database
from kam_sync_salesforce.local_crm._faults import Fault, FaultKind, Faults
from kam_sync_salesforce.local_crm._loading import Loader
from kam_sync_salesforce.local_crm._org_section import connection, mapping
from kam_sync_salesforce.local_crm._people import SalesforcePeople
from kam_sync_salesforce.local_crm._rest import RestApi
from kam_sync_salesforce.local_crm._schema import Field, SObject, audit_fields, flag, identity, text
from kam_sync_salesforce.local_crm._seeding import ADMINISTRATOR, API_USER, ORGANIZATION_ID, seed
from kam_sync_salesforce.local_crm._server import LocalServer, Recorder

_CUSTOM_PREFIX: Final = "a0"
"""Salesforce numbers the ids of custom objects a00, a01, …"""


class LocalSalesforce:
    """A Salesforce org on this machine; implements `kam_sync.local_crms.LocalCrm`.

    Settable while it runs: `switches` (how the org is set up), `recorder` (called with every exchange, from the
    threads that serve). `faults` takes the faults that requests meet.
    """

    name: ClassVar[str] = "salesforce"
    absent_task_id: ClassVar[str] = "00T000000000ZZZEA2"
    lacks: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, database: Database, clock: Clock, port: int) -> None:
        """Serve an opened database; `start` is how to get here."""
        self._database = database
        self._clock = clock
        self.organization_id = database.setting(ORGANIZATION_ID) or ""
        self.api_user_id = database.setting(API_USER) or ""
        administrator = database.setting(ADMINISTRATOR) or ""
        self.faults = Faults()
        self._people = SalesforcePeople(database, clock.now, administrator)
        self._administrator = administrator
        self._api = RestApi(database, clock.now, org_id=self.organization_id, api_user=self.api_user_id)
        self._server = LocalServer(port, self._api, self.faults)
        self._api.instance_url = self.url
        self._stopped = False

    @classmethod
    def start(cls, folder: Path, *, clock: Clock, port: int = 0, bare: bool = False) -> Self:
        """Open (or make) the state in `folder` and serve it on 127.0.0.1; port 0 takes a free one.

        Args:
            folder: Where the state is.
            clock: The org's time.
            port: To listen on.
            bare: Whether a new org has nothing but Salesforce's own: no field, object or value that administrators
                add for kam-sync. An org that is there stays what it is.

        Raises:
            ValueError: The folder is in use by another local Salesforce, or of another format.
            OSError: The port is taken.
        """
        database = Database(folder, own_only=bare)
        try:
            seed(database, folder, clock.now())
            return cls(database, clock, port)
        except BaseException:
            database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def people(self) -> SalesforcePeople:
        """Act as the people who work in it."""
        return self._people

    @property
    def switches(self) -> Switches:
        """How the org is set up; set it to `dataclasses.replace(crm.switches, …)`."""
        return self._api.switches

    @switches.setter
    def switches(self, new: Switches) -> None:
        self._database.catalogue.check(new)
        self._api.switches = new

    @property
    def recorder(self) -> Recorder | None:
        """Called with every exchange before its answer is sent, from several threads."""
        return self._server.recorder

    @recorder.setter
    def recorder(self, new: Recorder | None) -> None:
        self._server.recorder = new

    def load(self, portfolio: Portfolio) -> None:
        """Fill an empty org with a portfolio; all its days are counted from the clock's today (UTC).

        Raises:
            ValueError: The org is not empty, or something of the portfolio cannot exist in Salesforce (an activity
                without owner, a canceled task, an attendee of a call, a goal without a plan, a stage of selling of
                a closed deal, a field that this org does not have).
        """
        Loader(self._database, self._clock.now(), self._administrator).load(portfolio)

    def id_of(self, slug: str, kind: str | None = None) -> str:
        """Return the id of a slug: of an account or user, or of something of an account, such as `atlas/pumps`.

        Args:
            slug: The slug; of an account's plan, the account's.
            kind: `account`, `user`, `contact`, `deal`, `plan`, `goal`, `action`, `quote`, `case` or `contract`; None
                is any kind but `plan`.

        Raises:
            ValueError: There is none, or one of each of several kinds.
        """
        with self._database.reading():
            found = self._database.rows(
                "SELECT id FROM slug WHERE slug = :slug AND (kind = :kind OR (:kind IS NULL AND kind != 'plan'))",
                {"slug": slug, "kind": kind},
            )
        if len(found) != 1:
            msg = f"{len(found)} accounts, users and other records have the slug {slug!r}"
            raise ValueError(msg)
        return str(found[0][0])

    def lose_answer(self) -> None:
        """Carry out the next creation of tasks, and break the connection instead of answering."""
        self.faults.add(Fault(kind=FaultKind.LOST_ANSWER, path="/composite/sobjects"))

    def add_field(self, object_name: str, new: Field) -> None:
        """Add a custom field to an object, as an administrator would; it stays after a restart."""
        if not new.custom or self._database.catalogue[object_name].field(new.name) is not None:
            msg = f"{object_name}.{new.name} is no new custom field"
            raise ValueError(msg)
        self._database.add_field(object_name, replace(new, indexed=new.unique or new.external_id or new.indexed))

    def add_object(self, name: str, fields: Sequence[Field]) -> None:
        """Add a custom object with its own fields beside Id, Name and the audit fields; it stays after a restart."""
        catalogue = self._database.catalogue
        if not name.endswith("__c") or catalogue.find(name) is not None:
            msg = f"{name} is no new custom object"
            raise ValueError(msg)
        number = sum(each.key_prefix.startswith(_CUSTOM_PREFIX) for each in catalogue)
        standard = (identity(), flag("IsDeleted", settable=False), text("Name", 80), *audit_fields())
        self._database.add_object(
            SObject(name=name, key_prefix=f"{_CUSTOM_PREFIX}{number}", fields=(*standard, *fields))
        )

    @property
    def org_settings(self) -> Mapping[str, object]:
        """The section of a policy file that reads this org, secrets and all; a bare org's says how to reach it."""
        with self._database.reading():
            key, secret = self._database.setting("consumer_key"), self._database.setting("consumer_secret")
            bare = self._database.own_only
        way = connection(self.name, url=self.url, consumer_key=key, consumer_secret=secret)
        return way if bare else {**way, **mapping()}

    def requests_seen(self) -> int:
        """Return how many HTTP requests it has answered since it started."""
        return self._server.seen

    def stop(self) -> None:
        """Stop serving and keep the state in the folder; a second call does nothing."""
        if self._stopped:
            return
        self._stopped = True
        self._server.stop()
        with self._database.transaction():
            self._api.sessions.save()
            self._api.usage.save()
        self._database.close()
