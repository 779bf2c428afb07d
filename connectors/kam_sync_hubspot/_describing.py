"""Says what the portal is and what of it can be known, before anything is pulled.

Turns missing permissions and wrong mappings into canonical names that are unknown and into set-up findings, in the
words of the people who can mend them. At most twelve calls for what the core needs; of the rest, what somebody wants.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from kam_sync.errors import PermissionDeniedError
from kam_sync.names import NAMES, RELATIONS
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.records import RecordKind
from kam_sync_hubspot import _mapping
from kam_sync_hubspot._addresses import property_request
from kam_sync_hubspot._checking import Definitions, Gap, joined, missing_property
from kam_sync_hubspot._client import HubSpotClient
from kam_sync_hubspot._errors import RejectedCallError
from kam_sync_hubspot._labelling import labels
from kam_sync_hubspot._object_schema import SINGULAR
from kam_sync_hubspot._portal import Portal, forbidden
from kam_sync_hubspot._section_schema import SECTIONS
from kam_sync_hubspot._setup_answers import AccountDetails
from kam_sync_hubspot._tasks import TASK_STATE_PROPERTIES
from kam_sync_hubspot.record_settings import COMPANIES
from kam_sync_hubspot.settings import HubSpotSettings

_OBJECTS: Final[Mapping[RecordKind, tuple[str, ...]]] = {
    RecordKind.CONTACT: ("contacts",),
    RecordKind.OPPORTUNITY: ("deals",),
    RecordKind.ACTIVITY: ("tasks", "meetings", "calls"),
    RecordKind.QUOTE: ("deals", "quotes"),
    RecordKind.CASE: ("tickets",),
}
"""The object types that each kind of record needs."""
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts": _mapping.CONTACT_PROPERTIES,
    "deals": _mapping.DEAL_PROPERTIES,
    "tasks": (*_mapping.TASK_PROPERTIES, *TASK_STATE_PROPERTIES),
    "quotes": _mapping.QUOTE_PROPERTIES,
    "tickets": _mapping.TICKET_PROPERTIES,
}
"""HubSpot's own properties that must be there, by object type whose properties are looked at."""
_LINKED: Final = ("opportunity.contact_ids", "activity.contact_ids")
"""What is told by associations with contacts."""
_TYPE_IDS: Final[Mapping[RecordKind, str]] = {
    RecordKind.ACCOUNT: "0-2",
    RecordKind.PLAN: "0-2",
    RecordKind.CONTACT: "0-1",
    RecordKind.OPPORTUNITY: "0-3",
}
_MORE_TYPE_IDS: Final[Mapping[RecordKind, str]] = {RecordKind.CASE: "0-5", RecordKind.QUOTE: "0-14"}
"""HubSpot's ids of its own object types."""
_CUSTOM_TYPE_ID: Final = re.compile(r"\d+-\d+")
_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_DEFAULT_TASK_GROUP: Final = "task"


class PortalSurvey:
    """Describes a portal.

    Args:
        client: The portal.
        settings: The org's settings.
        portal: What is known of its set-up.
    """

    def __init__(self, client: HubSpotClient, settings: HubSpotSettings, portal: Portal) -> None:
        self._client = client
        self._settings = settings
        self._portal = portal
        self._probed: dict[str, Gap | None] = {}

    def describe(self) -> OrgDescription:
        """Return what the portal is; raises PermissionDeniedError when companies may not be read at all."""
        self._probed.clear()
        details = self._client.account_details()
        companies = self._portal.companies
        self._client.probe(COMPANIES)
        total = self._accounts_total()
        gaps = [*companies.gaps, *self._further_gaps(), *([total] if isinstance(total, Gap) else [])]
        key = self._key_finding()
        findings = [
            *(SetupFinding(subject=gap.name, problem=gap.problem, fix=gap.fix) for gap in gaps if gap.fix),
            *([key] if key else []),
        ]
        unknown = {gap.name: gap.reason for gap in gaps} | ({key.subject: key.problem} if key else {})
        return OrgDescription(
            org_uid=details.portal_id,
            name=f"HubSpot account {details.portal_id}",
            unknown=unknown,
            setup=tuple(findings),
            labels=labels(self._portal, self._settings, unknown),
            record_urls=self._record_urls(details),
            task_url=_url(details, "0-27"),
            accounts_total=None if isinstance(total, Gap) else total,
        )

    def _accounts_total(self) -> int | Gap | None:
        """Return how many companies there are, by the count that a search tells: a list would cost its every page."""
        name = "accounts.total"
        if not self._portal.wanted.fetches(name):
            return None
        try:
            return self._client.search(COMPANIES, [], ["hs_object_id"], limit=1).total
        except PermissionDeniedError as error:
            refused = forbidden("the search of companies", error)
            return Gap(name=name, reason=refused.reason, fix=refused.fix, problem=refused.reason)

    # What cannot be known ----------------------------------------------------------------------------------------

    def _further_gaps(self) -> Iterator[Gap]:
        """Yield a gap for each name that is not about companies; fields of an unknown relation are left out."""
        by_name: dict[str, list[Gap]] = {}
        for kind in (*_OBJECTS, *SECTIONS, RecordKind.SALES):
            if not self._portal.wanted.kind(kind):
                continue
            relation = RELATIONS[kind]
            whole = list(self._relation_gaps(kind))
            for gap in whole or self._field_gaps(kind):
                by_name.setdefault(relation if whole else gap.name, []).append(gap)
        for name in _LINKED:
            if self._portal.wanted.fetches(name) and RELATIONS[NAMES[name].kind] not in by_name:
                refused = self._probe("contacts")
                if refused is not None:
                    by_name.setdefault(name, []).append(refused)
        for name, gaps in by_name.items():
            reason = joined(gap.reason for gap in gaps)
            problem = joined(gap.problem or gap.reason for gap in gaps if gap.fix)
            yield Gap(name=name, reason=reason, fix=joined(gap.fix for gap in gaps), problem=problem)

    def _relation_gaps(self, kind: RecordKind) -> Iterator[Gap]:
        """Yield why no records of a kind can be read."""
        for object_type in _OBJECTS.get(kind, ()):
            yield from self._object_gaps(object_type)
        if kind is RecordKind.CASE:
            stages = self._portal.stages("tickets")
            if isinstance(stages, Gap):
                yield stages
        if kind is RecordKind.SALES and self._settings.sales is None:
            refused = self._probe("deals")
            if refused is not None:
                yield refused
        if kind in SECTIONS:
            yield from self._section_gaps(kind)

    def _section_gaps(self, kind: RecordKind) -> Iterator[Gap]:
        """Yield why goals, actions, feedback or contracts cannot be read; what companies hold is told with them."""
        mapping = self._portal.section(kind)
        relation = RELATIONS[kind]
        gaps = self._portal.gaps_of(kind.value)
        yield from (gap for gap in gaps.all() if gap.name == relation)
        if mapping is not None and not mapping.on_companies:
            refused = self._probe(mapping.object_type)
            if refused is not None:
                yield refused

    def _field_gaps(self, kind: RecordKind) -> Iterator[Gap]:
        """Yield why fields of a kind cannot be read."""
        match kind:
            case RecordKind.CONTACT:
                _resolved, part = self._portal.contacts, "contacts"
            case RecordKind.OPPORTUNITY:
                _resolved, part = self._portal.deals, "deals"
            case RecordKind.QUOTE:
                _resolved, part = self._portal.quotes, "quotes"
            case RecordKind.CASE:
                _resolved, part = self._portal.tickets, "tickets"
            case RecordKind.ACTIVITY:
                part = "activities" if self._portal.activities else ""
            case _:
                part = kind.value
        yield from self._portal.gaps_of(part).all()

    def _object_gaps(self, object_type: str) -> Iterator[Gap]:
        """Yield why an object type cannot be read, or lacks a property of HubSpot's own."""
        if object_type in _NEEDED:
            definitions = self._portal.definitions(object_type)
            if isinstance(definitions, Gap):
                yield definitions
            else:
                yield from _lacking(object_type, definitions)
        refused = self._probe(object_type)
        if refused is not None:
            yield refused

    def _probe(self, object_type: str) -> Gap | None:
        """Return why records of an object type may not be read, or None."""
        if object_type not in self._probed:
            try:
                self._client.probe(object_type)
                self._probed[object_type] = None
            except PermissionDeniedError as error:
                self._probed[object_type] = forbidden(object_type, error)
            except RejectedCallError:
                self._probed[object_type] = Gap(name="", reason=f'this portal has no object type "{object_type}"')
        return self._probed[object_type]

    # The key -----------------------------------------------------------------------------------------------------

    def _key_finding(self) -> SetupFinding | None:
        """Return what to do when tasks cannot carry their key: without it nothing may be written."""
        name = self._settings.tasks.key_property
        definitions = self._portal.definitions("tasks")
        if isinstance(definitions, Gap):
            return SetupFinding(
                subject="tasks.key",
                problem=f'whether the task property "{name}" exists is not known: {definitions.reason}',
                fix=definitions.fix,
                blocks_apply=True,
            )
        found = definitions.get(name)
        if found is None:
            problem = f'the task property "{name}" does not exist; kam-sync tells its own tasks by it'
        elif found.type != "string":
            problem = f'the task property "{name}" holds {found.type} values, not text'
        else:
            return None
        return SetupFinding(subject="tasks.key", problem=problem, fix=self._key_fix(definitions), blocks_apply=True)

    def _key_fix(self, definitions: Definitions) -> str:
        name = self._settings.tasks.key_property
        neighbour = definitions.get("hs_task_subject")
        body = {
            "name": name,
            "label": "kam-sync key",
            "description": "Written by kam-sync; tells which tasks are its own. Leave it as it is.",
            "groupName": (neighbour.group if neighbour else "") or _DEFAULT_TASK_GROUP,
            "type": "string",
            "fieldType": "text",
        }
        request = property_request(self._settings.api_version, "tasks")
        return (
            "run `kam-sync setup`, or create a task property: in HubSpot under Settings > Properties > Task "
            f'properties, field type "Single-line text", label "kam-sync key", internal name "{name}"; or send '
            f"{request} with the body "
            f"{json.dumps(body)} and a token that may write schemas. If the name is taken, set tasks: key_property"
        )

    def _record_urls(self, details: AccountDetails) -> Mapping[RecordKind, str]:
        """Return where records are opened; what a company holds has the company's id."""
        type_ids = {
            **_TYPE_IDS,
            **{kind: own for kind, own in _MORE_TYPE_IDS.items() if self._portal.wanted.kind(kind)},
        }
        for kind in (RecordKind.GOAL, RecordKind.ACTION, RecordKind.FEEDBACK):
            mapping = self._portal.section(kind) if self._portal.wanted.kind(kind) else None
            if mapping is not None and (mapping.on_companies or _CUSTOM_TYPE_ID.fullmatch(mapping.object_type)):
                type_ids[kind] = "0-2" if mapping.on_companies else mapping.object_type
        return {kind: url for kind, type_id in type_ids.items() if (url := _url(details, type_id))}


def _lacking(object_type: str, definitions: Definitions) -> Iterator[Gap]:
    for name in _NEEDED[object_type]:
        if name not in definitions:
            reason, fix = missing_property(SINGULAR[object_type], name, definitions, "ask HubSpot")
            yield Gap(name="", reason=reason, fix=fix)


def _url(details: AccountDetails, object_type_id: str) -> str:
    """Return the URL of a record in HubSpot's user interface, or nothing when the portal does not tell its host."""
    if not _HOST.fullmatch(details.ui_domain):
        return ""
    return f"https://{details.ui_domain}/contacts/{details.portal_id}/record/{object_type_id}/{{id}}"
