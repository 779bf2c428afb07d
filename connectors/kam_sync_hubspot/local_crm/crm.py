"""`LocalHubSpot`: one portal, served; the face that the rest of kam-sync and its tests see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, Self

from kam_sync.clock import Clock
from kam_sync.portfolio import Portfolio
from kam_sync_hubspot.local_crm.errors import RefusalError
from kam_sync_hubspot.local_crm.exchange import Exchange
from kam_sync_hubspot.local_crm.faults import Fault, FaultKind, Faults
from kam_sync_hubspot.local_crm.limits import RateLimits
from kam_sync_hubspot.local_crm.loading import SECOND_HOLDERS, Loader
from kam_sync_hubspot.local_crm.objects import object_type_named
from kam_sync_hubspot.local_crm.people import HubSpotPeople
from kam_sync_hubspot.local_crm.policy_section import bare_section, policy_section
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.server import Application, Server
from kam_sync_hubspot.local_crm.switches import Switches


class LocalHubSpot:
    """A HubSpot portal on this machine; made by `start`, implements `kam_sync.local_crms.LocalCrm`.

    `faults` makes requests fail, `limits` holds the rate limits, `switches` everything else that differs between
    portals and tokens. `recorder`, if set, is handed every exchange, from the threads that serve.
    """

    name: ClassVar[str] = "hubspot"
    absent_task_id: ClassVar[str] = "99999999999"
    lacks: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, portal: Portal, port: int) -> None:
        self._portal = portal
        self._application = Application(portal)
        self._server = Server(self._application, port)
        self._people = HubSpotPeople(portal)
        self._stopped = False

    @classmethod
    def start(cls, folder: Path, *, clock: Clock, port: int = 0, bare: bool = False) -> Self:
        """Open (or make) the state in `folder` and serve it on 127.0.0.1; port 0 takes a free one.

        A portal that is made `bare` has only what HubSpot itself comes with: what else a portfolio holds has no place
        in it, and people fill what is made later.

        Raises:
            RuntimeError: Another local HubSpot serves this folder.
            OSError: The port is taken, or the folder cannot be used.
        """
        portal = Portal(folder, clock, bare=bare)
        try:
            return cls(portal, port)
        except BaseException:
            portal.database.close()
            raise

    @property
    def url(self) -> str:
        """Where it listens: `http://127.0.0.1:PORT`."""
        return self._server.url

    @property
    def access_token(self) -> str:
        """The access token that the API wants, made up when the folder was first used."""
        return self._portal.access_token

    @property
    def portal_id(self) -> int:
        """The portal's id, made up when the folder was first used."""
        return self._portal.portal_id

    @property
    def faults(self) -> Faults:
        """The faults that are switched on."""
        return self._application.faults

    @property
    def limits(self) -> RateLimits:
        """The rate limits."""
        return self._portal.limits

    @property
    def switches(self) -> Switches:
        """How the portal behaves where portals and tokens differ."""
        return self._portal.switches

    @property
    def merge_makes_new_id(self) -> bool:
        """Whether merging gives the result a new id (the default) or keeps the winner's."""
        return self._portal.switches.merge_makes_new_id

    @merge_makes_new_id.setter
    def merge_makes_new_id(self, value: bool) -> None:
        self._portal.switches.merge_makes_new_id = value

    @property
    def recorder(self) -> Callable[[Exchange], None] | None:
        """Is handed every exchange, or None."""
        return self._application.recorder

    @recorder.setter
    def recorder(self, recorder: Callable[[Exchange], None] | None) -> None:
        self._application.recorder = recorder

    def load(self, portfolio: Portfolio) -> None:
        """Fill an empty portal with an invented portfolio; its days are counted from the clock's today (UTC).

        Raises:
            ValueError: The portal is not empty, or HubSpot cannot hold something of the portfolio (a task without
                a due date, a third holder of a role, a canceled task, a stage of a closed deal, a quote that never
                expires, a purpose of a task, an attendee of a call).
        """
        Loader(self._portal).load(portfolio)

    @property
    def org_settings(self) -> Mapping[str, object]:
        """The org's section of a policy file that reads this portal, `connector:` and the access token included.

        Of a bare portal it says what HubSpot itself comes with; the rest is for setup to propose.
        """
        second = (self._portal.database.fact(SECOND_HOLDERS) or "").split()
        section = policy_section(self.url, self.access_token, second)
        return bare_section(section) if self._portal.bare else section

    @property
    def people(self) -> HubSpotPeople:
        """Act as the people who work in it."""
        return self._people

    def id_of(self, slug: str) -> str:
        """Return the id of an account or user of the loaded portfolio.

        After a merge both accounts' slugs give the id of the result.

        Raises:
            KeyError: There is neither an account nor a user of this slug.
            ValueError: There are both.
        """
        found = []
        for kind in ("account", "user"):
            try:
                found.append(self._portal.slugs.id_of(kind, slug))
            except KeyError:
                continue
        if not found:
            raise KeyError(f"the local HubSpot has neither an account nor a user {slug!r}")
        if len(found) > 1:
            raise ValueError(f"{slug!r} is both an account and a user")
        return str(found[0])

    def lose_answer(self) -> None:
        """Carry out the next creation of tasks, and break the connection instead of answering."""
        self.faults.add(Fault(kind=FaultKind.LOST_ANSWER, method="POST", path="tasks/batch/create"))

    def drop_property(self, object_type: str, name: str) -> None:
        """Remove a property for good, as an administrator would, such as `tasks` `kam_sync_key`.

        Raises:
            KeyError: There is no such object type or property.
        """
        found = object_type_named(object_type)
        if found is None:
            raise KeyError(f"the local HubSpot has no object type {object_type!r}")
        try:
            with self._portal.database.transaction():
                self._portal.catalogue.drop(found, name)
        except RefusalError as refusal:
            raise KeyError(refusal.message) from None

    def restore_property(self, object_type: str, name: str) -> None:
        """Restore an archived property with its values, as an administrator would.

        Raises:
            KeyError: There is no such object type, or no archived property of this name.
        """
        found = object_type_named(object_type)
        if found is None:
            raise KeyError(f"the local HubSpot has no object type {object_type!r}")
        with self._portal.database.transaction():
            self._portal.catalogue.restore(found, name)

    def requests_seen(self) -> int:
        """Return how many HTTP requests it has been sent since it started, faulted ones included."""
        return self._application.seen

    def stop(self) -> None:
        """Stop serving and keep the state in the folder; stopping twice does nothing."""
        if self._stopped:
            return
        self._stopped = True
        self._server.stop()
        self._portal.database.close()
