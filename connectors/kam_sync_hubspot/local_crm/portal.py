"""The portal: everything a local HubSpot is made of, put together once."""

from __future__ import annotations

import secrets
from pathlib import Path

from kam_sync.clock import Clock
from kam_sync_hubspot.local_crm.associations import Associations
from kam_sync_hubspot.local_crm.catalogue import Catalogue
from kam_sync_hubspot.local_crm.database import Database
from kam_sync_hubspot.local_crm.history import History
from kam_sync_hubspot.local_crm.limits import RateLimits
from kam_sync_hubspot.local_crm.merging import Merger
from kam_sync_hubspot.local_crm.owners import Owners
from kam_sync_hubspot.local_crm.record_store import RecordStore
from kam_sync_hubspot.local_crm.slugs import Slugs
from kam_sync_hubspot.local_crm.switches import Switches
from kam_sync_hubspot.local_crm.timeline import Timeline
from kam_sync_hubspot.local_crm.writer import Writer

TIME_ZONE = "UTC"
"""The portal's time zone: days of the daily limit and dates of tasks are counted in it."""


class Portal:
    """The state of one local HubSpot with the parts that work on it.

    Portal id and access token are made up when the folder is first used and kept in it, as is whether it is bare.

    Args:
        folder: Where it is kept.
        clock: Tells its time.
        bare: Whether a new portal has only what HubSpot itself comes with: no properties, property groups, options or
            object types of an administrator's.
    """

    def __init__(self, folder: Path, clock: Clock, *, bare: bool = False) -> None:
        self.clock = clock
        self.switches = Switches()
        self.limits = RateLimits(clock)
        self.database = Database(folder)
        try:
            self._put_together(bare=bare)
        except BaseException:
            self.database.close()
            raise

    def _put_together(self, *, bare: bool) -> None:
        with self.database.transaction():
            new = self.database.fact("portal id") is None
            self.bare = self._made_once("bare", "yes" if bare and new else "no") == "yes"
            self.portal_id = int(self._made_once("portal id", str(140_000_000 + secrets.randbelow(10_000_000))))
            self.access_token = self._made_once("access token", f"pat-local-{secrets.token_hex(16)}")
        self.catalogue = Catalogue(self.database, self.portal_id, bare=self.bare)
        self.records = RecordStore(self.database)
        self.associations = Associations(self.database)
        self.owners = Owners(self.database)
        self.slugs = Slugs(self.database)
        self.history = History(self.database)
        self.timeline = Timeline(self.records, self.associations, self.clock)
        self.writer = Writer(
            clock=self.clock,
            switches=self.switches,
            catalogue=self.catalogue,
            records=self.records,
            associations=self.associations,
            owners=self.owners,
            timeline=self.timeline,
            history=self.history,
        )
        self.merger = Merger(
            switches=self.switches,
            records=self.records,
            associations=self.associations,
            slugs=self.slugs,
            timeline=self.timeline,
            history=self.history,
            writer=self.writer,
        )

    def _made_once(self, name: str, value: str) -> str:
        if self.database.fact(name) is None:
            self.database.set_fact(name, value)
        return self.database.fact(name) or value
