"""Finds out what the portal is and what of it can be known: at most twelve calls, before anything is pulled.

Turns missing permissions and wrong mappings into canonical names that are unknown and into set-up findings, in the
words of the people who can mend them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kam_sync.errors import PermissionDeniedError
from kam_sync.ports import OrgDescription, SetupFinding
from kam_sync.records import RecordKind
from kam_sync_hubspot import _mapping
from kam_sync_hubspot._answers import AccountDetails, PropertyDefinition
from kam_sync_hubspot._client import HubSpotClient, property_request
from kam_sync_hubspot._schema import CompanyMapping, Definitions, Gap, missing_property, resolve
from kam_sync_hubspot._tasks import TASK_STATE_PROPERTIES
from kam_sync_hubspot.settings import HubSpotSettings

_RELATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts": ("contacts",),
    "opportunities": ("deals",),
    "activities": ("tasks", "meetings", "calls"),
}
"""The object types that each relation needs."""
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts": _mapping.CONTACT_PROPERTIES,
    "deals": _mapping.DEAL_PROPERTIES,
    "tasks": (*_mapping.TASK_PROPERTIES, *TASK_STATE_PROPERTIES),
}
"""HubSpot's own properties that must be there, by object type whose properties are looked at."""
_HOST: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_DEFAULT_TASK_GROUP: Final = "task"


class PortalSurvey:
    """Looks at a portal once and remembers the answers.

    Args:
        client: The portal.
        settings: The org's settings.
    """

    def __init__(self, client: HubSpotClient, settings: HubSpotSettings) -> None:
        self._client = client
        self._settings = settings
        self._definitions: dict[str, Definitions | Gap] = {}
        self._mapping: CompanyMapping | None = None

    def definitions(self, object_type: str) -> Definitions | Gap:
        """Return the properties of an object type, or why the access token may not read them."""
        if object_type not in self._definitions:
            try:
                self._definitions[object_type] = self._client.properties(object_type)
            except PermissionDeniedError as error:
                self._definitions[object_type] = _forbidden(f"the properties of {object_type}", error)
        return self._definitions[object_type]

    def company_mapping(self) -> CompanyMapping:
        """Return the checked mapping of companies."""
        if self._mapping is None:
            found = self.definitions("companies")
            if isinstance(found, Gap):
                self._mapping = resolve(self._settings, None, found)
            else:
                self._mapping = resolve(self._settings, found, Gap(name="", reason=""))
        return self._mapping

    def describe(self) -> OrgDescription:
        """Return what the portal is; raises PermissionDeniedError when companies may not be read at all."""
        details = self._client.account_details()
        mapping = self.company_mapping()
        self._client.probe("companies")
        gaps = [*mapping.gaps, *self._relation_gaps()]
        key = self._key_finding()
        findings = [
            *(SetupFinding(subject=gap.name, problem=gap.problem, fix=gap.fix) for gap in gaps if gap.fix),
            *([key] if key else []),
        ]
        return OrgDescription(
            org_uid=details.portal_id,
            name=f"HubSpot account {details.portal_id}",
            unknown={gap.name: gap.reason for gap in gaps} | ({key.subject: key.problem} if key else {}),
            setup=tuple(findings),
            labels=self._labels(mapping),
            record_urls=_record_urls(details),
            task_url=_url(details, "0-27"),
        )

    def _relation_gaps(self) -> Iterable[Gap]:
        for relation, object_types in _RELATIONS.items():
            problems = [problem for object_type in object_types for problem in self._object_gaps(object_type)]
            if problems:
                reason = "; ".join(dict.fromkeys(problem.reason for problem in problems))
                fix = "; ".join(dict.fromkeys(problem.fix for problem in problems))
                yield Gap(name=relation, reason=reason, fix=fix, problem=reason)

    def _object_gaps(self, object_type: str) -> Iterable[Gap]:
        """Yield why an object type cannot be read, or lacks a property of HubSpot's own."""
        if object_type in _NEEDED:
            definitions = self.definitions(object_type)
            if isinstance(definitions, Gap):
                yield definitions
            else:
                for name in _NEEDED[object_type]:
                    if name not in definitions:
                        reason, fix = missing_property(object_type.removesuffix("s"), name, definitions, "ask HubSpot")
                        yield Gap(name="", reason=reason, fix=fix)
        try:
            self._client.probe(object_type)
        except PermissionDeniedError as error:
            yield _forbidden(object_type, error)

    def _key_finding(self) -> SetupFinding | None:
        """Return what to do when tasks cannot carry their key: without it nothing may be written."""
        name = self._settings.tasks.key_property
        definitions = self.definitions("tasks")
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
            "create a task property: in HubSpot under Settings > Properties > Task properties, field type "
            f'"Single-line text", label "kam-sync key", internal name "{name}"; or send {request} with the body '
            f"{json.dumps(body)} and a token that may write schemas. If the name is taken, set tasks: key_property"
        )

    def _labels(self, mapping: CompanyMapping) -> Mapping[str, str]:
        """Return where a person changes what is mapped, in the portal's own labels."""
        found: dict[str, Sequence[PropertyDefinition]] = {}
        definitions = self.definitions("companies")
        if not isinstance(definitions, Gap):
            for name, property_name in (("owner_id", "hubspot_owner_id"), ("parent_id", "hs_parent_company_id")):
                if property_name in definitions:
                    found[f"account.{name}"] = [definitions[property_name]]
        for name, definition in (("account.tier", mapping.tier), ("account.revenue", mapping.revenue)):
            if definition is not None:
                found[name] = [definition]
        found |= {f"roles.{role}": usable for role, usable in mapping.roles.items()}
        found |= {f"plan.{each}": [usable] for each, usable in mapping.plan_fields.items()}
        found |= {f"plan.parts.{part}": usable for part, usable in mapping.plan_parts.items()}
        for name, kinds in (("roles", [*mapping.roles.values()]), ("plans", self._plan_definitions(mapping))):
            if kinds:
                found[name] = list(dict.fromkeys(definition for usable in kinds for definition in usable))
        return {name: _mapping.property_label("company", usable) for name, usable in found.items()} | {
            "contacts": "the contacts of the company",
            "opportunities": "the deals of the company",
            "activities": "the tasks, meetings and calls of the company",
        }

    @staticmethod
    def _plan_definitions(mapping: CompanyMapping) -> list[Sequence[PropertyDefinition]]:
        return [*((usable,) for usable in mapping.plan_fields.values()), *mapping.plan_parts.values()]


def _forbidden(what: str, error: PermissionDeniedError) -> Gap:
    return Gap(name="", reason=f"the access token may not read {what}", fix=str(error))


def _url(details: AccountDetails, object_type_id: str) -> str:
    """Return the URL of a record in HubSpot's user interface, or nothing when the portal does not tell its host."""
    if not _HOST.fullmatch(details.ui_domain):
        return ""
    return f"https://{details.ui_domain}/contacts/{details.portal_id}/record/{object_type_id}/{{id}}"


def _record_urls(details: AccountDetails) -> Mapping[RecordKind, str]:
    """Return where records are opened; a plan has its company's id, since it is held in the company."""
    type_ids = {
        RecordKind.ACCOUNT: "0-2",
        RecordKind.PLAN: "0-2",
        RecordKind.CONTACT: "0-1",
        RecordKind.OPPORTUNITY: "0-3",
    }
    return {kind: url for kind, type_id in type_ids.items() if (url := _url(details, type_id))}
