"""How the local HubSpot behaves where portals, tokens or moods differ; set by tests, not part of the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kam_sync_hubspot.local_crm.objects import ObjectType


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredProperty:
    """A property that the portal's administrator requires when a record is created.

    Only the version 2026-09 enforces it. `when` limits it to records that have these values: the "conditionally
    required" kind, so that some inputs of a batch fail and others do not.
    """

    object_type: ObjectType
    name: str
    when: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Switches:
    """The switches with their usual positions.

    Args:
        missing_scopes: Scopes that the access token lacks, such as `crm.objects.deals.read`.
        required_on_create: What an administrator requires on creating.
        page_size_cap: A list page or search page never holds more than this, whatever is asked for.
        association_page_size: Associations of one record per page of a batch read.
        inline_associations: Associations of one record that a read with `associations=` shows at most.
        create_lag: Seconds until search sees a new record.
        update_lag: Seconds until search sees a change.
        unique_task_properties: Whether properties of tasks, meetings and calls may have unique values, which HubSpot
            documents for other objects only.
        archived_names_are_taken: Whether a property is refused while there is an archived one of its name; HubSpot does
            not document what it does then.
        merge_makes_new_id: Whether a merged record gets a new id or keeps the winner's.
    """

    missing_scopes: set[str] = field(default_factory=set)
    required_on_create: list[RequiredProperty] = field(default_factory=list)
    page_size_cap: int | None = None
    association_page_size: int = 500
    inline_associations: int = 100
    create_lag: float = 10.0
    update_lag: float = 60.0
    unique_task_properties: bool = False
    archived_names_are_taken: bool = False
    merge_makes_new_id: bool = True

    def page_size(self, asked: int) -> int:
        """Return the page size that is served for the one asked for."""
        return asked if self.page_size_cap is None else min(asked, self.page_size_cap)
