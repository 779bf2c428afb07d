"""Adds to the account team's picklist the values that stand for roles, and takes away again those it added.

A picklist is changed as a whole: it is read, and sent back with what is added. Whoever sends last wins, so all values
are one item: two setups at once send the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from kam_sync.errors import ConnectorError
from kam_sync.setup_ports import ItemState, SetupItem
from kam_sync_salesforce._roles import TEAM
from kam_sync_salesforce._schema import ObjectInfo
from kam_sync_salesforce._setup_look import VALUE_SET, Look, field_metadata, offered, team_entries, value_entries
from kam_sync_salesforce._setup_metadata import own_values, with_values, without_ours
from kam_sync_salesforce._setup_needs import Needs
from kam_sync_salesforce._setup_part import Part

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

TEAM_ROLE: Final = "TeamMemberRole"
_MAKE: Final = "make values"
_REMOVE: Final = "remove values"
_REMOVAL: Final = "people can no longer choose them; records that hold one keep it"
_GLOBAL: Final = (
    "the field takes its values from a global value set, which other fields share: add them in Setup > Picklist Value "
    "Sets"
)
_Change = Callable[[Sequence[object], Sequence[str]], list[object]]


class TeamValues:
    """The values of the account team that the policy maps to roles.

    Args:
        client: The way to the org.
        needs: What the section needs.
        team_field: The org's own multi-select picklist of team members, where the section names one.
    """

    def __init__(self, client: SalesforceClient, needs: Needs, team_field: str | None) -> None:
        self._client = client
        self._needs = needs
        self._team_field = team_field

    def lacking(self, objects: Mapping[str, ObjectInfo]) -> tuple[str, ...]:
        """Return the mapped values that people cannot choose."""
        there = offered(objects, self._team_field)
        return tuple(value for value in self._needs.team_values if value.casefold() not in there)

    def ours(self, seen: Look) -> tuple[str, ...]:
        """Return the mapped values that setup added to the standard picklist."""
        own = own_values(seen.team_entries)
        return tuple(value for value in self._needs.team_values if value.casefold() in own)

    def parts(self, seen: Look) -> Iterator[Part]:
        """Yield the item of the values; none where setup makes the whole field, or where the team cannot be read."""
        team = seen.objects.get(TEAM.lower())
        if not self._needs.team_values or team is None:
            return
        if self._team_field is None:
            item = self._item(seen, TEAM_ROLE, ours=bool(self.ours(seen)))
            yield Part(item=item, make=self._add_standard, remove=self._remove_standard)
            return
        there = seen.fields.get(f"{TEAM}.{self._team_field}".lower())
        info = team.field(self._team_field)
        if there is None or info is None or not info.values or (there.ours and not self.lacking(seen.objects)):
            return
        entries = value_entries(field_metadata(self._client, there.id))
        if entries is None:
            if self.lacking(seen.objects):
                yield Part(item=self._item(seen, self._team_field, ours=False, remedy=_GLOBAL))
            return
        ours = not there.ours and bool(own_values(entries))
        yield Part(
            item=self._item(seen, self._team_field, ours=ours),
            make=lambda: self._change_field(there.id, with_values, _MAKE),
            remove=lambda: self._change_field(there.id, without_ours, _REMOVE),
        )

    def _item(self, seen: Look, field: str, *, ours: bool, remedy: str = "") -> SetupItem:
        lacking = self.lacking(seen.objects)
        state = ItemState.OURS if ours else ItemState.PRESENT
        if lacking:
            state = ItemState.BY_HAND if remedy else ItemState.MISSING
        values = self._needs.team_values
        return SetupItem(
            id=f"values {TEAM}.{field}",
            title=f"values of the picklist {field} of {TEAM}: {', '.join(values)}",
            serves=frozenset().union(*values.values()),
            state=state,
            remedy=remedy if lacking else "",
            removal=_REMOVAL if state is ItemState.OURS else "",
        )

    def _add_standard(self) -> None:
        entries = _all_of(team_entries(self._client))
        self._send_standard(with_values(entries, tuple(self._needs.team_values)), _MAKE)

    def _remove_standard(self) -> None:
        entries = team_entries(self._client)
        kept = without_ours(entries, tuple(self._needs.team_values))
        if len(kept) < len(entries):
            self._send_standard(kept, _REMOVE)

    def _send_standard(self, entries: Sequence[object], call: str) -> None:
        # All standard value sets have the same id, so they are addressed by their names.
        body = {"Metadata": {"sorted": False, "standardValue": list(entries)}}
        self._client.change("PATCH", f"tooling/sobjects/StandardValueSet/{VALUE_SET}", body, call)

    def _change_field(self, field_id: str, changed: _Change, call: str) -> None:
        metadata = field_metadata(self._client, field_id)
        value_set = metadata.get("valueSet")
        entries = _all_of(value_entries(metadata))
        body = {
            **metadata,
            "valueSet": {
                **(value_set if isinstance(value_set, Mapping) else {}),
                "valueSetDefinition": {"sorted": False, "value": changed(entries, tuple(self._needs.team_values))},
            },
        }
        self._client.change("PATCH", f"tooling/sobjects/CustomField/{field_id}", {"Metadata": body}, call)


def _all_of(entries: Sequence[object] | None) -> Sequence[object]:
    """Return the entries of a picklist that is about to be replaced; to replace an unread list would empty it."""
    if not entries:
        raise ConnectorError("the account team's picklist cannot be read as a whole, so it is left as it is")
    return entries
