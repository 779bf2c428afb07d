"""Looks at a portal's set-up, each part of it at most once, and keeps what was found for describing and pulling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from kam_sync.errors import PermissionDeniedError
from kam_sync.ports import Runtime
from kam_sync.records import RecordKind
from kam_sync_hubspot._checking import Checker, Definitions, Gap, Gaps, Wanted
from kam_sync_hubspot._client import HubSpotClient
from kam_sync_hubspot._errors import RejectedCallError
from kam_sync_hubspot._object_schema import (
    SINGULAR,
    ObjectMapping,
    resolve_activities,
    resolve_contacts,
    resolve_deals,
    resolve_quotes,
    resolve_tickets,
)
from kam_sync_hubspot._schema import CompanyMapping, resolve
from kam_sync_hubspot._section_schema import SectionMapping, note_unmapped, resolve_section, section_of
from kam_sync_hubspot._setup_answers import AssociationLabel, Stage
from kam_sync_hubspot.record_settings import COMPANIES
from kam_sync_hubspot.settings import HubSpotSettings

FoundT = TypeVar("FoundT")


class Portal:
    """What a portal has of what the policy maps and somebody wants.

    Args:
        client: The portal.
        settings: The org's settings.
        runtime: Tells what is wanted.
    """

    def __init__(self, client: HubSpotClient, settings: HubSpotSettings, runtime: Runtime) -> None:
        self._client = client
        self._settings = settings
        self.wanted = Wanted(runtime)
        self.gaps: dict[str, Gaps] = {}
        self._definitions: dict[str, Definitions | Gap] = {}
        self._stages: dict[str, Sequence[Stage] | Gap] = {}
        self._sections: dict[RecordKind, SectionMapping | None] = {}

    def gaps_of(self, what: str) -> Gaps:
        """Return where the gaps of a part of the portal are gathered."""
        return self.gaps.setdefault(what, Gaps(self.wanted))

    def definitions(self, object_type: str) -> Definitions | Gap:
        """Return the properties of an object type, or why they cannot be read."""
        if object_type not in self._definitions:
            self._definitions[object_type] = _or_gap(
                lambda: self._client.properties(object_type), f"the properties of {object_type}", object_type
            )
        return self._definitions[object_type]

    def seen(self, object_type: str) -> Definitions:
        """Return the properties of an object type if they were looked at already."""
        found = self._definitions.get(object_type)
        return {} if found is None or isinstance(found, Gap) else found

    def stages(self, object_type: str) -> Sequence[Stage] | Gap:
        """Return the stages of the pipelines of an object type, or why they cannot be read."""
        if object_type not in self._stages:
            self._stages[object_type] = _or_gap(
                lambda: self._client.stages(object_type), f"the pipelines of {object_type}", object_type
            )
        return self._stages[object_type]

    def _contact_labels(self) -> Sequence[AssociationLabel] | Gap:
        return _or_gap(
            lambda: self._client.association_labels(COMPANIES, "contacts"),
            "the association labels of companies and contacts",
            "contacts",
        )

    @cached_property
    def companies(self) -> CompanyMapping:
        """The checked mapping of companies."""
        return resolve(self._settings, self.definitions(COMPANIES), self.gaps_of(COMPANIES))

    @cached_property
    def contacts(self) -> ObjectMapping:
        """What is read of contacts."""
        return resolve_contacts(self._settings, self.definitions, self._contact_labels, self.gaps_of("contacts"))

    @cached_property
    def deals(self) -> ObjectMapping:
        """What is read of deals."""
        return resolve_deals(self._settings, self.definitions, self.stages, self.gaps_of("deals"))

    @cached_property
    def activities(self) -> Mapping[str, ObjectMapping]:
        """What is read of meetings and calls, by object type."""
        return resolve_activities(self._settings, self.definitions, self.gaps_of("activities"))

    @cached_property
    def quotes(self) -> ObjectMapping:
        """What is read of quotes."""
        return resolve_quotes(self._settings, self.definitions, self.gaps_of("quotes"))

    @cached_property
    def tickets(self) -> ObjectMapping:
        """What is read of tickets."""
        return resolve_tickets(self._settings, self.definitions, self.gaps_of("tickets"))

    def section(self, kind: RecordKind) -> SectionMapping | None:
        """Return the usable part of goals, actions, feedback or contracts, or None."""
        if kind not in self._sections:
            self._sections[kind] = self._resolve_section(kind)
        return self._sections[kind]

    def _resolve_section(self, kind: RecordKind) -> SectionMapping | None:
        section = section_of(self._settings, kind)
        gaps = self.gaps_of(kind.value)
        if section is None:
            note_unmapped(kind, gaps)
            return None
        if section.object == COMPANIES:
            return self.companies.sections.get(kind)
        what = SINGULAR.get(section.object, section.object)
        return resolve_section(kind, section, Checker(what, self.definitions(section.object), gaps))


def forbidden(what: str, error: PermissionDeniedError) -> Gap:
    """Return the gap of something that the access token may not read."""
    return Gap(name="", reason=f"the access token may not read {what}", fix=str(error))


def _or_gap(look_up: Callable[[], FoundT], what: str, object_type: str) -> FoundT | Gap:
    try:
        return look_up()
    except PermissionDeniedError as error:
        return forbidden(what, error)
    except RejectedCallError:
        reason = f'this portal has no object type "{object_type}"'
        return Gap(name="", reason=reason, fix=f"correct the object: in the policy where it says {object_type}")
