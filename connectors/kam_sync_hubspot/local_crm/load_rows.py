"""What one loading of a portfolio knows, and the rows it gathers before they are inserted."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from kam_sync.portfolio import PortfolioAccount
from kam_sync_hubspot.local_crm.activities import HOUR
from kam_sync_hubspot.local_crm.associations import Row as AssociationRow
from kam_sync_hubspot.local_crm.history import Entry, history_row
from kam_sync_hubspot.local_crm.history import Row as HistoryRow
from kam_sync_hubspot.local_crm.moments import at_hour, iso
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.record_store import StoredRecord, row_of
from kam_sync_hubspot.local_crm.slugs import Kind, within


class Load:
    """One loading: its days and owners, and rows that wait to be inserted.

    Args:
        portal: The portal that is being loaded.
        user_ids: User slug → owner id.
    """

    def __init__(self, portal: Portal, user_ids: Mapping[str, int]) -> None:
        self.portal = portal
        self.now = portal.clock.now()
        self.today = self.now.date()
        self._user_ids = user_ids
        self._objects: list[tuple[int, int, str, str | None]] = []
        self._associations: list[AssociationRow] = []
        self._unique: list[tuple[int, str, str, int]] = []
        self._history: list[HistoryRow] = []
        self._slugs: list[tuple[Kind, str, int]] = []

    def day(self, days: int) -> dt.date:
        """Return the day so many days from today."""
        return self.today + dt.timedelta(days=days)

    def optional_day(self, days: int | None) -> dt.date | None:
        """Return the day so many days from today, or None."""
        return None if days is None else self.day(days)

    def day_text(self, days: int | None) -> str:
        """Return the value of a date property so many days from today; empty for None."""
        return "" if days is None else self.day(days).isoformat()

    def moment_text(self, days: int) -> str:
        """Return the moment of the day so many days from today."""
        return iso(at_hour(self.day(days), HOUR))

    def past_text(self, on: dt.date) -> str:
        """Return the moment of a day, or now where that is still to come."""
        return iso(min(at_hour(on, HOUR), self.now))

    def owner(self, slug: str, account: PortfolioAccount) -> str:
        """Return the owner id of a user; raises ValueError where there is no such user."""
        if slug not in self._user_ids:
            raise ValueError(f"{account.slug}: there is no user {slug!r}")
        return str(self._user_ids[slug])

    def optional_owner(self, slug: str | None, account: PortfolioAccount) -> str:
        """Return the owner id of a user, empty for None."""
        return "" if slug is None else self.owner(slug, account)

    def numbered(
        self, object_type: ObjectType, account: PortfolioAccount, kind: Kind, slugs: Sequence[str]
    ) -> list[int]:
        """Reserve an id for each of an account's records and note the slugs; an empty slug names nothing.

        Raises:
            ValueError: Two records of a kind have the same slug.
        """
        ids = list(self.portal.records.reserve_ids(object_type, len(slugs)))
        named = [slug for slug in slugs if slug]
        if len(set(named)) != len(named):
            raise ValueError(f"{account.slug}: two of its {kind}s have the same slug")
        self._slugs += [
            (kind, within(account.slug, slug), number) for slug, number in zip(slugs, ids, strict=True) if slug
        ]
        return ids

    def add(
        self, object_type: ObjectType, number: int, properties: Mapping[str, str], made_on: dt.date
    ) -> StoredRecord:
        """Gather a record that was made on a day, or now where that is still to come; empty values are left out."""
        made_at = self.past_text(made_on)
        system = {
            "hs_object_id": str(number),
            object_type.created_property: made_at,
            object_type.modified_property: made_at,
        }
        values = {name: value for name, value in {**properties, **system}.items() if value}
        if self.portal.bare:
            values = {name: value for name, value in values.items() if self._holds(object_type, name, value)}
        record = StoredRecord(object_type=object_type, id=number, properties=values)
        self._objects.append(row_of(record))
        return record

    def _holds(self, object_type: ObjectType, name: str, value: str) -> bool:
        """Return whether a bare portal has a place for a value: a property, and an option where it has options."""
        definition = self.portal.catalogue.definitions(object_type).get(name)
        if definition is None:
            return False
        if definition.type != "enumeration" or definition.refers_to_owner:
            return True
        return {option.value for option in definition.options}.issuperset(value.split(";"))

    def link(self, origin: ObjectType, origin_id: int, target: ObjectType, target_id: int, *type_ids: int) -> None:
        """Gather an association, the unlabelled one and others."""
        self._associations += self.portal.associations.rows((origin, target), origin_id, target_id, type_ids)

    def unique(self, object_type: ObjectType, name: str, value: str, number: int) -> None:
        """Gather the value of a unique property."""
        self._unique.append((object_type, name, value, number))

    def history(self, record: StoredRecord, entries: Mapping[str, Sequence[Entry]]) -> None:
        """Gather the history of a record's properties, oldest first."""
        if self.portal.bare:
            entries = {name: told for name, told in entries.items() if name in record.properties}
        if entries:
            self._history.append(history_row(record.object_type, record.id, entries))

    def insert(self) -> None:
        """Insert what was gathered and begin anew.

        Raises:
            ValueError: Two contacts have the same e-mail address.
        """
        connection = self.portal.database.connection
        connection.executemany("INSERT INTO objects VALUES (?, ?, ?, ?)", self._objects)
        connection.executemany("INSERT INTO associations VALUES (?, ?, ?, ?, ?)", self._associations)
        connection.executemany("INSERT INTO property_history VALUES (?, ?, ?, ?)", self._history)
        self.portal.slugs.add_rows(self._slugs)
        try:
            connection.executemany("INSERT INTO unique_values VALUES (?, ?, ?, ?)", self._unique)
        except sqlite3.IntegrityError:
            raise ValueError("two contacts have the same e-mail address, and HubSpot's are unique") from None
        for rows in (self._objects, self._associations, self._history, self._slugs, self._unique):
            rows.clear()


def named(
    account: PortfolioAccount, what: str, slugs: Iterable[str], known: Mapping[str, int], whose: str
) -> list[int]:
    """Return the ids of an account's records by slug; raises ValueError where one is unknown.

    Args:
        account: The account.
        what: What the records are, such as `deal`.
        slugs: The slugs that are named.
        known: Slug → id.
        whose: What names them, in the words of an error message.
    """
    found = []
    for slug in slugs:
        if slug not in known:
            raise ValueError(f"{account.slug}: {whose} names an unknown {what} {slug!r}")
        found.append(known[slug])
    return found
