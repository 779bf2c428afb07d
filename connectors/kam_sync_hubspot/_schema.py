"""What of the policy's mapping of companies the portal really has: account fields, roles, plan, scope, sales.

The mapping of everything else is in `_object_schema`, that of goals, actions, feedback and contracts in
`_section_schema`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from kam_sync.field_mapping import MAPPABLE
from kam_sync.names import NAMES
from kam_sync.records import PlanPart, RecordKind, Role, SwotPart
from kam_sync_hubspot._checking import NUMBERS, OWNER, Checker, Definitions, Gap, Gaps
from kam_sync_hubspot._section_schema import SECTIONS, SectionMapping, resolve_section, section_of
from kam_sync_hubspot._setup_answers import PropertyDefinition
from kam_sync_hubspot._values import DATES, MappedField
from kam_sync_hubspot.record_settings import COMPANIES, Plan, PlanField
from kam_sync_hubspot.settings import HubSpotSettings

PartT = TypeVar("PartT", PlanPart, SwotPart)

COMPANY_PROPERTIES: Final = ("name", "domain", "hubspot_owner_id", "hs_parent_company_id", "hs_merged_object_ids")
"""Companies' own properties that an account is made of."""
SALES_PROPERTIES: Final = ("name", "domain", "hubspot_owner_id")
"""Companies' own properties that a sales row is made of, beside the parent."""

_REQUIRED: Final[Mapping[str, str]] = {
    "account.owner_id": "hubspot_owner_id",
    "account.parent_id": "hs_parent_company_id",
}
_EXPECTED_OF_A_PLAN: Final = frozenset({PlanField.LAST_REVIEW_ON, PlanField.NEXT_REVIEW_ON})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMapping:
    """The properties of the account plan that can be believed.

    `doubtful` says that a mapped property cannot be read, so that a plan may exist that is not seen.
    """

    fields: Mapping[PlanField, PropertyDefinition] = field(default_factory=dict)
    parts: Mapping[PlanPart, tuple[PropertyDefinition, ...]] = field(default_factory=dict)
    swot: Mapping[SwotPart, tuple[PropertyDefinition, ...]] = field(default_factory=dict)
    doubtful: bool = False

    @property
    def properties(self) -> tuple[str, ...]:
        """The names of all of them but of the one that says when the plan was changed."""
        return _names(
            [
                *((each,) for name, each in self.fields.items() if name is not PlanField.MODIFIED_ON),
                *self.parts.values(),
                *self.swot.values(),
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyMapping:
    """The mapped company properties that can be believed, and what is missing.

    `fields` are those of `fields: account.…` by attribute; `sections` what is held in companies though it may be held
    in objects of its own.
    """

    fields: Mapping[str, MappedField] = field(default_factory=dict)
    criteria: Mapping[str, PropertyDefinition] = field(default_factory=dict)
    roles: Mapping[Role, tuple[PropertyDefinition, ...]] = field(default_factory=dict)
    plan: PlanMapping = field(default_factory=PlanMapping)
    sections: Mapping[RecordKind, SectionMapping] = field(default_factory=dict)
    sales: PropertyDefinition | None = None
    no_scope: str = ""
    own: tuple[str, ...] = COMPANY_PROPERTIES
    gaps: tuple[Gap, ...] = ()

    @property
    def later_properties(self) -> tuple[str, ...]:
        """The properties of which roles, plans and what else companies hold are made."""
        modified = self.plan.fields.get(PlanField.MODIFIED_ON)
        found = [*_names(self.roles.values()), *self.plan.properties, *([modified.name] if modified else [])]
        found += [name for section in self.sections.values() for name in section.properties]
        return tuple(dict.fromkeys(found))

    @property
    def account_properties(self) -> tuple[str, ...]:
        """The properties that an account is made of."""
        mapped = _names([*(each.definitions for each in self.fields.values()), self.criteria.values()])
        return tuple(dict.fromkeys((*self.own, *mapped)))

    @property
    def sales_properties(self) -> tuple[str, ...]:
        """The properties that a sales row is made of."""
        own = [name for name in SALES_PROPERTIES if name in self.own]
        mapped = [*self.criteria.values(), *([self.sales] if self.sales else [])]
        return tuple(dict.fromkeys((*own, *(definition.name for definition in mapped))))


def _names(definitions: Iterable[Iterable[PropertyDefinition]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(definition.name for each in definitions for definition in each))


def resolve(settings: HubSpotSettings, definitions: Definitions | Gap, gaps: Gaps) -> CompanyMapping:
    """Return the usable part of the policy's mapping of companies.

    Args:
        settings: The org's settings.
        definitions: The portal's company properties; a Gap when the access token may not read them.
        gaps: Takes what is missing; knows what is wanted.
    """
    checker = Checker("company", definitions, gaps)
    for name, property_name in _REQUIRED.items():
        if not checker.has(property_name):
            gaps.note(name, f'the company property "{property_name}" does not exist in this portal')
    return CompanyMapping(
        fields=_resolve_fields(settings, checker),
        criteria=_resolve_criteria(settings, checker),
        roles=_resolve_roles(settings, checker),
        plan=_resolve_plan(settings.plan, checker) if gaps.wanted.kind(RecordKind.PLAN) else PlanMapping(),
        sections=_resolve_sections(settings, checker),
        sales=_resolve_sales(settings, checker),
        no_scope=_resolve_scope(settings, checker, known=not isinstance(definitions, Gap)),
        own=tuple(name for name in COMPANY_PROPERTIES if checker.has(name)),
        gaps=gaps.all(),
    )


def _resolve_fields(settings: HubSpotSettings, checker: Checker) -> Mapping[str, MappedField]:
    names = [name for name in MAPPABLE if name.startswith("account.") and checker.gaps.wanted.fetches(name)]
    found = {NAMES[name].attribute: checker.mapped(name, settings) for name in names}
    return {attribute: mapped for attribute, mapped in found.items() if mapped is not None}


def _resolve_criteria(settings: HubSpotSettings, checker: Checker) -> Mapping[str, PropertyDefinition]:
    """Return the properties of the selection criteria: all or none, since a sum of some of them would mislead."""
    name = "account.criteria"
    if not checker.gaps.wanted.fetches(name):
        return {}
    if not settings.criteria:
        checker.gaps.note(name, "not mapped: set criteria")
    types = {*NUMBERS, "bool"}
    found = {
        criterion: checker.one(name, property_name, f"criteria: {criterion}", types)
        for criterion, property_name in settings.criteria.items()
    }
    usable = {criterion: definition for criterion, definition in found.items() if definition is not None}
    return usable if len(usable) == len(found) else {}


def _resolve_roles(settings: HubSpotSettings, checker: Checker) -> Mapping[Role, tuple[PropertyDefinition, ...]]:
    mapped, gaps = settings.roles.owner_properties, checker.gaps
    if not mapped:
        gaps.note(
            "roles",
            "not mapped: set roles: owner_properties",
            "create one company property of the type HubSpot user for each role and map them under "
            "roles: owner_properties, or keep the roles in an assignments file",
            "no company properties are mapped to the roles",
        )
    found: dict[Role, tuple[PropertyDefinition, ...]] = {}
    for role in Role:
        name, place = f"roles.{role}", f"roles: owner_properties: {role}"
        if role not in mapped:
            fix = f"map a company property that holds HubSpot users under {place}" if mapped else ""
            gaps.note(name, f"not mapped: set {place}", fix, f"no company property is mapped to the role {role.label}")
            continue
        usable = checker.all_of(name, mapped[role], place, {OWNER})
        if usable is not None:
            found[role] = usable
    return found


def _resolve_plan(plan: Plan | None, checker: Checker) -> PlanMapping:
    """Return the mapping of the whole plan, read or not: whether a plan exists must not hang on the chosen rules."""
    mapped = plan or Plan.model_construct(fields={}, parts={}, swot={})
    fields: dict[PlanField, PropertyDefinition] = {}
    for each in PlanField:
        name, place = f"plan.{each}", f"plan: fields: {each}"
        if each is PlanField.MODIFIED_ON and not checker.gaps.wanted.fetches(name):
            continue
        if each in mapped.fields:
            definition = checker.one(name, mapped.fields[each], place, DATES)
            if definition is not None:
                fields[each] = definition
        elif each is not PlanField.MODIFIED_ON or plan is None:
            checker.gaps.note(name, f"not mapped: set {place}")
    parts = _resolve_parts("parts", PlanPart, mapped.parts, checker)
    swot = _resolve_parts("swot", SwotPart, mapped.swot, checker)
    count = len(fields.keys() - {PlanField.MODIFIED_ON}) + len(parts) + len(swot)
    _note_whole_plan(plan, usable=bool(count), gaps=checker.gaps)
    doubtful = count < len(mapped.fields.keys() - {PlanField.MODIFIED_ON}) + len(mapped.parts) + len(mapped.swot)
    return PlanMapping(fields=fields, parts=parts, swot=swot, doubtful=doubtful)


def _resolve_parts(
    section: str, kinds: type[PartT], mapped: Mapping[PartT, Sequence[str]], checker: Checker
) -> Mapping[PartT, tuple[PropertyDefinition, ...]]:
    found: dict[PartT, tuple[PropertyDefinition, ...]] = {}
    for part in kinds:
        name, place = f"plan.{section}.{part}", f"plan: {section}: {part}"
        if part not in mapped:
            checker.gaps.note(name, f"not mapped: set {place}")
            continue
        usable = checker.all_of(name, mapped[part], place)
        if usable is not None:
            found[part] = usable
    return found


def _note_whole_plan(plan: Plan | None, *, usable: bool, gaps: Gaps) -> None:
    if plan is None:
        gaps.note(
            "plans",
            "not mapped: set plan",
            "map the company properties that hold the account plan under plan: fields and plan: parts",
            "no company properties are mapped to the account plan",
        )
    elif not usable:
        gaps.note("plans", "none of the company properties mapped to the account plan can be read")
    elif not _EXPECTED_OF_A_PLAN.intersection(plan.fields):
        name = f"plan.{PlanField.NEXT_REVIEW_ON}"
        gaps.note(
            name,
            f"not mapped: set plan: fields: {PlanField.NEXT_REVIEW_ON}",
            "map a company property of the type date under plan: fields: next_review_on or last_review_on",
            "no review date of the account plan is mapped",
        )


def _resolve_sections(settings: HubSpotSettings, checker: Checker) -> Mapping[RecordKind, SectionMapping]:
    """Return what is held in companies though it may be held in objects of its own."""
    found: dict[RecordKind, SectionMapping] = {}
    for kind in SECTIONS:
        section = section_of(settings, kind)
        if checker.gaps.wanted.kind(kind) and section is not None and section.object == COMPANIES:
            usable = resolve_section(kind, section, checker)
            if usable is not None:
                found[kind] = usable
    return found


def _resolve_sales(settings: HubSpotSettings, checker: Checker) -> PropertyDefinition | None:
    if settings.sales is None or not checker.gaps.wanted.kind(RecordKind.SALES):
        return None
    return checker.one("sales", settings.sales.property, "sales: property", NUMBERS)


def _resolve_scope(settings: HubSpotSettings, checker: Checker, *, known: bool) -> str:
    """Note what is wrong with the scope; return why companies cannot be told apart by it at all, or nothing."""
    scope = settings.scope
    if scope is None:
        return ""
    definition = checker.one("scope", scope.property, "scope: property")
    if definition is None:
        return checker.gaps.reason("scope") if known else ""
    impossible = [value for value in scope.values if definition.options and value not in definition.options]
    if impossible:
        checker.gaps.note(
            "scope",
            f'the company property "{scope.property}" cannot have the value {", ".join(map(repr, impossible))}',
            f"correct scope: values; it can have {', '.join(map(repr, definition.options[:20]))}",
        )
    return ""
