"""What people see and do in the CRMs of a sandbox, with accounts and people named as a reader would name them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from kam_sync.demo.reading import readable
from kam_sync.demo.sandbox import Sandbox
from kam_sync.errors import ConfigError
from kam_sync.local_crms import LocalCrm, PersonsTask
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioUser
from kam_sync.records import ActivityKind, Role

FEW: Final = 5
"""Names that a message lists at most."""


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeeTasks(_Wish):
    """To see tasks: those that kam-sync made and that are open, or `every` one that is not deleted."""

    wish: Literal["tasks"] = "tasks"
    account: str | None = None
    every: bool = False


class SeePeople(_Wish):
    """To see who works here."""

    wish: Literal["people"] = "people"


class HoldRole(_Wish):
    """To name somebody as the holder of a role on an account."""

    wish: Literal["hold-role"] = "hold-role"
    account: str
    role: Role
    person: str


class BookMeeting(_Wish):
    """To book a meeting of an account's owner with the customer."""

    wish: Literal["book-meeting"] = "book-meeting"
    account: str
    on: dt.date


class PutAway(_Wish):
    """To tick a task off, or to delete it."""

    wish: Literal["put-away"] = "put-away"
    task: str
    delete: bool = False


Wish = Annotated[SeeTasks | SeePeople | HoldRole | BookMeeting | PutAway, Field(discriminator="wish")]
"""What a person may want."""


class SeenTask(_Wish):
    """A task as its owner reads it; `status` and `priority` are the CRM's own words."""

    org: str
    id: str
    account: str
    subject: str
    lines: tuple[str, ...]
    owner: str
    due_on: dt.date | None
    status: str
    priority: str


class SeenPerson(_Wish):
    """Somebody who works here."""

    org: str
    name: str
    email: str
    active: bool


class Seen(_Wish):
    """What comes of a wish: what is seen, or what was done, in words."""

    tasks: tuple[SeenTask, ...] = ()
    people: tuple[SeenPerson, ...] = ()
    did: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    """One org of the sandbox, and who and what its people know."""

    org: str
    crm: LocalCrm
    portfolio: Portfolio

    def tasks(self) -> Sequence[PersonsTask]:
        return self.crm.people.tasks()

    def owner_of(self, account: PortfolioAccount) -> PortfolioUser:
        """Return who would see the customer: the account's owner, or a colleague where the owner cannot."""
        users = {user.slug: user for user in self.portfolio.users}
        owner = users[account.owner]
        able = (user for user in users.values() if user.active and user.person)
        return owner if owner.active and owner.person else next(able)


def fulfil(sandbox: Sandbox, wish: Wish) -> Seen:
    """Do in the CRMs of a running sandbox what a person wants.

    Raises:
        ConfigError: No account, person or task is called so, or several are.
    """
    offices = [
        _Office(org=org, crm=crm, portfolio=sandbox.portfolios[org]) for org, crm in sorted(sandbox.crms.items())
    ]
    match wish:
        case SeeTasks():
            return Seen(tasks=tuple(_tasks(offices, wish)))
        case SeePeople():
            return Seen(people=tuple(_people(offices)))
        case HoldRole():
            return _hold_role(offices, wish)
        case BookMeeting():
            return _book_meeting(offices, wish)
        case PutAway():
            return _put_away(offices, wish)


def _tasks(offices: Sequence[_Office], wish: SeeTasks) -> Iterator[SeenTask]:
    only = None if wish.account is None else _account(offices, wish.account)
    for office in offices:
        if only is not None and office is not only[0]:
            continue
        accounts = {account.slug: account.name for account in office.portfolio.accounts}
        people = {user.slug: user.name for user in office.portfolio.users}
        for task in office.crm.people.tasks(account=None if only is None else only[1].slug):
            if wish.every or (task.open and task.key):
                yield _seen(office.org, task, accounts, people)


def _seen(org: str, task: PersonsTask, accounts: Mapping[str, str], people: Mapping[str, str]) -> SeenTask:
    return SeenTask(
        org=org,
        id=task.id,
        account=accounts.get(task.account, task.account),
        subject=task.subject,
        lines=readable(task.body),
        owner=people.get(task.owner, task.owner),
        due_on=task.due_on,
        status=task.raw_status,
        priority=task.raw_priority,
    )


def _people(offices: Iterable[_Office]) -> Iterator[SeenPerson]:
    for office in offices:
        for user in office.portfolio.users:
            if user.person:
                yield SeenPerson(org=office.org, name=user.name, email=user.email, active=user.active)


def _hold_role(offices: Sequence[_Office], wish: HoldRole) -> Seen:
    office, account = _account(offices, wish.account)
    person = _person(office, wish.person)
    office.crm.people.assign_role(account.slug, wish.role, person.slug)
    return Seen(did=f"{person.name} is named as {wish.role.label} of {account.name} ({office.org}).")


def _book_meeting(offices: Sequence[_Office], wish: BookMeeting) -> Seen:
    office, account = _account(offices, wish.account)
    owner = office.owner_of(account)
    office.crm.people.add_activity(
        account.slug, kind=ActivityKind.MEETING, on=wish.on, owner=owner.slug, subject="Where do we go from here?"
    )
    return Seen(did=f"{owner.name} meets {account.name} ({office.org}) on {wish.on}.")


def _put_away(offices: Sequence[_Office], wish: PutAway) -> Seen:
    for office in offices:
        for task in office.tasks():
            if task.id == wish.task:
                act = office.crm.people.delete_task if wish.delete else office.crm.people.complete_task
                act(task.id)
                how = "deleted" if wish.delete else "ticked off"
                return Seen(did=f"“{task.subject}” ({office.org}) is {how}.")
    raise ConfigError(f"there is no task {wish.task!r} in the sandbox; `kam-sync sandbox tasks` lists them")


def _account(offices: Sequence[_Office], text: str) -> tuple[_Office, PortfolioAccount]:
    """Return the key account that is called so, by its whole name or a part that only one has."""
    every = [(office, one) for office in offices for one in office.portfolio.accounts if one.key_account]
    wanted = text.casefold()
    found = [each for each in every if wanted == each[1].name.casefold()] or [
        each for each in every if wanted in each[1].name.casefold()
    ]
    if len(found) != 1:
        raise ConfigError(_unclear("account", text, [f"{one.name} ({office.org})" for office, one in found]))
    return found[0]


def _person(office: _Office, text: str) -> PortfolioUser:
    wanted = text.casefold()
    people = [user for user in office.portfolio.users if user.person]
    found = [user for user in people if wanted in {user.name.casefold(), user.email.casefold()}] or [
        user for user in people if wanted in f"{user.name} {user.email.partition('@')[0]}".casefold()
    ]
    if len(found) != 1:
        raise ConfigError(_unclear("person", text, [user.name for user in found]))
    return found[0]


def _unclear(what: str, text: str, found: Sequence[str]) -> str:
    if found:
        more = " and others" if len(found) > FEW else ""
        return f"{len(found)} {what} names hold {text!r}: {', '.join(found[:FEW])}{more}; write more of the name"
    see = "`kam-sync sandbox people` lists who works here" if what == "person" else "`kam-sync check` names some"
    return f"no {what} in the sandbox is called {text!r}; {see}"
