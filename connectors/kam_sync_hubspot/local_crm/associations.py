"""Associations between records: their types and what is associated; every one is kept per direction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync_hubspot.local_crm.database import Database
from kam_sync_hubspot.local_crm.errors import invalid
from kam_sync_hubspot.local_crm.objects import ObjectType

Pair = tuple[ObjectType, ObjectType]
Row = tuple[int, int, int, int, int]

LABELS_PER_PAIR = 10
"""Labels that a portal may define for one pair of object types; vendor limit."""
LABELLED_TYPES: Final = frozenset(
    {ObjectType.CONTACT, ObjectType.COMPANY, ObjectType.DEAL, ObjectType.TICKET}
    | {each for each in ObjectType if each.is_custom}
)
"""Object types whose pairs may have labels; tasks, meetings, calls and quotes may not."""

_UNLABELLED: Final[Mapping[Pair, int]] = {
    (ObjectType.TASK, ObjectType.COMPANY): 192,
    (ObjectType.COMPANY, ObjectType.TASK): 191,
    (ObjectType.TASK, ObjectType.CONTACT): 204,
    (ObjectType.CONTACT, ObjectType.TASK): 203,
    (ObjectType.TASK, ObjectType.DEAL): 216,
    (ObjectType.DEAL, ObjectType.TASK): 215,
    (ObjectType.MEETING, ObjectType.COMPANY): 188,
    (ObjectType.COMPANY, ObjectType.MEETING): 187,
    (ObjectType.MEETING, ObjectType.CONTACT): 200,
    (ObjectType.CONTACT, ObjectType.MEETING): 199,
    (ObjectType.MEETING, ObjectType.DEAL): 212,
    (ObjectType.DEAL, ObjectType.MEETING): 211,
    (ObjectType.CALL, ObjectType.COMPANY): 182,
    (ObjectType.COMPANY, ObjectType.CALL): 181,
    (ObjectType.CALL, ObjectType.CONTACT): 194,
    (ObjectType.CONTACT, ObjectType.CALL): 193,
    (ObjectType.CALL, ObjectType.DEAL): 206,
    (ObjectType.DEAL, ObjectType.CALL): 205,
    (ObjectType.CONTACT, ObjectType.COMPANY): 279,
    (ObjectType.COMPANY, ObjectType.CONTACT): 280,
    (ObjectType.DEAL, ObjectType.COMPANY): 341,
    (ObjectType.COMPANY, ObjectType.DEAL): 342,
    (ObjectType.DEAL, ObjectType.CONTACT): 3,
    (ObjectType.CONTACT, ObjectType.DEAL): 4,
    (ObjectType.TICKET, ObjectType.COMPANY): 339,
    (ObjectType.COMPANY, ObjectType.TICKET): 340,
    (ObjectType.TICKET, ObjectType.CONTACT): 16,
    (ObjectType.CONTACT, ObjectType.TICKET): 15,
    (ObjectType.TICKET, ObjectType.DEAL): 28,
    (ObjectType.DEAL, ObjectType.TICKET): 27,
    (ObjectType.QUOTE, ObjectType.DEAL): 64,
    (ObjectType.DEAL, ObjectType.QUOTE): 63,
    (ObjectType.QUOTE, ObjectType.CONTACT): 69,
    (ObjectType.CONTACT, ObjectType.QUOTE): 70,
    (ObjectType.QUOTE, ObjectType.COMPANY): 71,
    (ObjectType.COMPANY, ObjectType.QUOTE): 72,
    (ObjectType.PLAN_GOAL, ObjectType.COMPANY): 501,
    (ObjectType.COMPANY, ObjectType.PLAN_GOAL): 502,
    (ObjectType.PLAN_ACTION, ObjectType.COMPANY): 503,
    (ObjectType.COMPANY, ObjectType.PLAN_ACTION): 504,
    (ObjectType.CUSTOMER_FEEDBACK, ObjectType.COMPANY): 505,
    (ObjectType.COMPANY, ObjectType.CUSTOMER_FEEDBACK): 506,
    (ObjectType.SERVICE_CONTRACT, ObjectType.COMPANY): 507,
    (ObjectType.COMPANY, ObjectType.SERVICE_CONTRACT): 508,
}
"""The type every pair has when associated; HubSpot's numbers, for custom objects the portal's own."""

_PRIMARY: Final[Mapping[Pair, int]] = {
    (ObjectType.CONTACT, ObjectType.COMPANY): 1,
    (ObjectType.COMPANY, ObjectType.CONTACT): 2,
    (ObjectType.DEAL, ObjectType.COMPANY): 5,
    (ObjectType.COMPANY, ObjectType.DEAL): 6,
    (ObjectType.TICKET, ObjectType.COMPANY): 26,
    (ObjectType.COMPANY, ObjectType.TICKET): 25,
}
"""The type of a contact's, deal's or ticket's one primary company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationType:
    """One type of association in one direction; the unlabelled one has no label."""

    type_id: int
    pair: Pair
    inverse_id: int
    label: str | None = None
    category: str = "HUBSPOT_DEFINED"

    def as_spec(self) -> dict[str, object]:
        """Return it as it stands beside an associated record."""
        return {"category": self.category, "typeId": self.type_id, "label": self.label}


def _built_in() -> Iterator[AssociationType]:
    for table, label in ((_UNLABELLED, None), (_PRIMARY, "Primary")):
        for (origin, target), type_id in table.items():
            yield AssociationType(
                type_id=type_id,
                pair=(origin, target),
                inverse_id=table[target, origin],
                label=label,
                category="USER_DEFINED" if origin.is_custom or target.is_custom else "HUBSPOT_DEFINED",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociatedPage:
    """One page of what a record is associated with, ascending; `after` is the cursor of the next one."""

    targets: tuple[tuple[int, tuple[int, ...]], ...]
    after: int | None


class Associations:
    """What is associated with what."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._types: dict[int, AssociationType] = {}
        self.reload()

    def reload(self) -> None:
        """Read the types anew, after a transaction that defined some was rolled back."""
        self._types = {each.type_id: each for each in _built_in()}
        rows = self._database.connection.execute(
            "SELECT type_id, from_type, to_type, label, inverse_id FROM association_labels"
        )
        for type_id, origin, target, label, inverse_id in rows:
            self._remember(type_id, (ObjectType(origin), ObjectType(target)), label, inverse_id)

    def _remember(self, type_id: int, pair: Pair, label: str, inverse_id: int) -> None:
        self._types[type_id] = AssociationType(
            type_id=type_id, pair=pair, inverse_id=inverse_id, label=label, category="USER_DEFINED"
        )

    def type(self, type_id: int) -> AssociationType | None:
        """Return an association type by its number, or None."""
        return self._types.get(type_id)

    def types_of(self, pair: Pair) -> tuple[AssociationType, ...]:
        """Return all types between two object types in this direction; refuses a pair that has none."""
        found = tuple(each for each in self._types.values() if each.pair == pair)
        if not found:
            raise invalid(f"There are no associations from {pair[0].type_id} to {pair[1].type_id}.")
        return found

    def checked(self, pair: Pair, category: str, type_id: int) -> AssociationType:
        """Return the type that a caller names; refuses one of another direction, pair or category."""
        found = self._types.get(type_id)
        if found is None or found.pair != pair or found.category != category:
            raise invalid(
                f"No association type {type_id} of category {category} exists"
                f" from {pair[0].type_id} to {pair[1].type_id}.",
                context={
                    "type": [str(type_id)],
                    "fromObjectType": [pair[0].type_id],
                    "toObjectType": [pair[1].type_id],
                },
            )
        return found

    def define_label(self, pair: Pair, *, name: str, label: str, inverse_label: str | None) -> list[AssociationType]:
        """Define a label for a pair of object types and return its types, both directions."""
        if not LABELLED_TYPES.issuperset(pair):
            raise invalid(
                "Association labels exist between contacts, companies, deals, tickets and custom objects only."
            )
        custom = [each for each in self.types_of(pair) if each.category == "USER_DEFINED" and each.label is not None]
        if len(custom) >= LABELS_PER_PAIR:
            raise invalid(f"At most {LABELS_PER_PAIR} labels can be defined for a pair of object types.")
        if any(each.label == label for each in custom):
            raise invalid(f"The label {label} exists already.")
        forth = self._database.next_id("association type", first=1001)
        back = forth if pair[0] == pair[1] else self._database.next_id("association type", first=1001)
        rows = {forth: (pair, label, back), back: ((pair[1], pair[0]), inverse_label or label, forth)}
        for type_id, (direction, text, inverse_id) in rows.items():
            self._database.connection.execute(
                "INSERT INTO association_labels VALUES (?, ?, ?, ?, ?, ?)",
                (type_id, direction[0], direction[1], name, text, inverse_id),
            )
            self._remember(type_id, direction, text, inverse_id)
        return [self._types[type_id] for type_id in rows]

    def associate(self, pair: Pair, from_id: int, to_id: int, type_ids: Iterable[int] = ()) -> None:
        """Associate two records both ways; the unlabelled type always comes along, a new primary replaces the old."""
        for type_id in type_ids:
            if type_id in _PRIMARY.values():
                self._clear_primary(pair, from_id, to_id)
        self._database.connection.executemany(
            "INSERT OR IGNORE INTO associations VALUES (?, ?, ?, ?, ?)", self.rows(pair, from_id, to_id, type_ids)
        )

    def rows(self, pair: Pair, from_id: int, to_id: int, type_ids: Iterable[int] = ()) -> Iterator[Row]:
        """Yield the rows of one association in both directions, the unlabelled type included."""
        for type_id in dict.fromkeys((_UNLABELLED[pair], *type_ids)):
            yield (pair[0], from_id, pair[1], to_id, type_id)
            yield (pair[1], to_id, pair[0], from_id, self._types[type_id].inverse_id)

    def labelled(self, pair: Pair, label: str) -> AssociationType | None:
        """Return the type that a portal's label stands for in this direction, or None."""
        found = (each for each in self.types_of(pair) if each.category == "USER_DEFINED" and each.label == label)
        return next(found, None)

    def remove_label(self, label: AssociationType, from_id: int, to_id: int) -> None:
        """Take a label from two records, which stay associated."""
        origin, target = label.pair
        self._delete((origin, from_id, target, to_id, label.type_id))
        self._delete((target, to_id, origin, from_id, label.inverse_id))

    def _clear_primary(self, pair: Pair, from_id: int, to_id: int) -> None:
        if pair[0] is ObjectType.COMPANY:
            owned, owned_id = pair[1], to_id
        else:
            owned, owned_id = pair[0], from_id
        forth = _PRIMARY[owned, ObjectType.COMPANY]
        company = self.primary_company(owned, owned_id)
        if company is not None:
            self._delete((owned, owned_id, ObjectType.COMPANY, company, forth))
            self._delete((ObjectType.COMPANY, company, owned, owned_id, self._types[forth].inverse_id))

    def _delete(self, row: Row) -> None:
        self._database.connection.execute(
            "DELETE FROM associations"
            " WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ? AND type_id = ?",
            row,
        )

    def primary_company(self, object_type: ObjectType, record_id: int) -> int | None:
        """Return the primary company of a contact, deal or ticket, or None."""
        type_id = _PRIMARY[object_type, ObjectType.COMPANY]
        row: tuple[int] | None = self._database.connection.execute(
            "SELECT to_id FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? AND type_id = ?",
            (object_type, record_id, ObjectType.COMPANY, type_id),
        ).fetchone()
        return None if row is None else row[0]

    def dissociate(self, pair: Pair, from_id: int, to_id: int) -> None:
        """Remove every association between two records."""
        for origin, origin_id, target, target_id in (
            (pair[0], from_id, pair[1], to_id),
            (pair[1], to_id, pair[0], from_id),
        ):
            self._database.connection.execute(
                "DELETE FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id = ?",
                (origin, origin_id, target, target_id),
            )

    def forget(self, object_type: ObjectType, record_id: int) -> None:
        """Remove every association of a record."""
        for target in ObjectType:
            for target_id in self.ids(object_type, record_id, target):
                self.dissociate((object_type, target), record_id, target_id)

    def move(self, object_type: ObjectType, old_id: int, new_id: int) -> None:
        """Give a record's associations to another record of its type, labels and all; primaries stay primary."""
        connection = self._database.connection
        connection.execute(
            "UPDATE OR IGNORE associations SET from_id = ? WHERE from_type = ? AND from_id = ?",
            (new_id, object_type, old_id),
        )
        for target in ObjectType:
            connection.execute(
                "UPDATE OR IGNORE associations SET to_id = ? WHERE to_type = ? AND to_id = ? AND from_type = ?"
                " AND from_id IN (SELECT to_id FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ?)",
                (new_id, object_type, old_id, target, object_type, new_id, target),
            )
        self.forget(object_type, old_id)

    def ids(self, from_type: ObjectType, from_id: int, to_type: ObjectType) -> list[int]:
        """Return the ids of all records of a type that a record is associated with, ascending."""
        rows = self._database.connection.execute(
            "SELECT DISTINCT to_id FROM associations"
            " WHERE from_type = ? AND from_id = ? AND to_type = ? ORDER BY to_id",
            (from_type, from_id, to_type),
        )
        return [row[0] for row in rows]

    def page(self, pair: Pair, from_id: int, *, after: int, limit: int) -> AssociatedPage:
        """Return one page of the records of a type that a record is associated with, with their association types."""
        rows = self._database.connection.execute(
            "SELECT to_id, type_id FROM associations WHERE from_type = ? AND from_id = ? AND to_type = ? AND to_id > ?"
            " ORDER BY to_id, type_id",
            (pair[0], from_id, pair[1], after),
        )
        found: dict[int, list[int]] = {}
        more = False
        for to_id, type_id in rows:  # read lazily: a page costs its own length, not the record's associations
            if to_id not in found and len(found) == limit:
                more = True
                break
            found.setdefault(to_id, []).append(type_id)
        rows.close()
        targets = tuple((to_id, tuple(types)) for to_id, types in found.items())
        return AssociatedPage(targets=targets, after=targets[-1][0] if more else None)

    def specs(self, type_ids: Sequence[int]) -> list[dict[str, object]]:
        """Return association types as they stand beside an associated record."""
        return [self._types[type_id].as_spec() for type_id in type_ids]
