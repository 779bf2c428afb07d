"""What of the policy's mapping the portal really has: every mapped property checked for existence and type.

Nothing that is not checked here is read later: HubSpot ignores an unknown property in silence, and what is then never
filled would look empty.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kam_sync.records import PlanPart, Role
from kam_sync_hubspot._answers import PropertyDefinition
from kam_sync_hubspot.settings import HubSpotSettings, PlanField

Definitions = Mapping[str, PropertyDefinition]

DATES: Final = frozenset({"date", "datetime"})
OWNER: Final = "OWNER"

COMPANY_PROPERTIES: Final = ("name", "domain", "hubspot_owner_id", "hs_parent_company_id", "hs_merged_object_ids")
"""Companies' own properties that an account is made of."""

_REQUIRED: Final[Mapping[str, str]] = {
    "account.owner_id": "hubspot_owner_id",
    "account.parent_id": "hs_parent_company_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A canonical name that cannot be known; with `fix`, someone should set something up.

    `problem` says it in a sentence of its own where `reason` is too short for that.
    """

    name: str
    reason: str
    fix: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyMapping:
    """The mapped company properties that can be believed, and what is missing.

    `plan_doubtful` says that a mapped plan property cannot be read, so that a plan may exist that is not seen.
    """

    tier: PropertyDefinition | None = None
    revenue: PropertyDefinition | None = None
    roles: Mapping[Role, tuple[PropertyDefinition, ...]] = field(default_factory=dict)
    plan_fields: Mapping[PlanField, PropertyDefinition] = field(default_factory=dict)
    plan_parts: Mapping[PlanPart, tuple[PropertyDefinition, ...]] = field(default_factory=dict)
    plan_doubtful: bool = False
    no_scope: str = ""
    own: tuple[str, ...] = COMPANY_PROPERTIES
    gaps: tuple[Gap, ...] = ()

    @property
    def later_properties(self) -> tuple[str, ...]:
        """The properties that roles and plans are made of."""
        found = [definition.name for definitions in self.roles.values() for definition in definitions]
        found += [definition.name for definition in self.plan_fields.values()]
        found += [definition.name for definitions in self.plan_parts.values() for definition in definitions]
        return tuple(dict.fromkeys(found))

    @property
    def account_properties(self) -> tuple[str, ...]:
        """The properties that an account is made of."""
        mapped = [definition.name for definition in (self.tier, self.revenue) if definition is not None]
        return tuple(dict.fromkeys((*self.own, *mapped)))


class _Checker:
    """Looks properties up and remembers why one cannot be used, per canonical name.

    Args:
        definitions: The properties of companies; None when they may not be read.
        unreadable: Why not, and what to do.
    """

    def __init__(self, definitions: Definitions | None, unreadable: Gap) -> None:
        self._definitions = definitions
        self._unreadable = unreadable
        self._gaps: dict[str, list[Gap]] = {}

    @property
    def knows_properties(self) -> bool:
        return self._definitions is not None

    def reason(self, name: str) -> str:
        return _joined(gap.reason for gap in self._gaps[name])

    def note(self, name: str, reason: str, fix: str = "", problem: str = "") -> None:
        self._gaps.setdefault(name, []).append(Gap(name=name, reason=reason, fix=fix, problem=problem or reason))

    def one(self, name: str, property_name: str, place: str, types: Collection[str] = ()) -> PropertyDefinition | None:
        """Return a property for a canonical name if it exists and has one of the types (or holds owners)."""
        if self._definitions is None:
            self.note(name, self._unreadable.reason, self._unreadable.fix)
            return None
        found = self._definitions.get(property_name)
        if found is None:
            self.note(name, *missing_property("company", property_name, self._definitions, f"correct {place}"))
            return None
        actual = OWNER if found.referenced_object_type.upper() == OWNER else found.type
        if types and actual not in types:
            wanted = "HubSpot users (owners)" if OWNER in types else f"values of type {' or '.join(sorted(types))}"
            self.note(
                name,
                f'the company property "{property_name}" holds {found.type} values, not {wanted}',
                f"map {place} to a company property that holds {wanted}",
            )
            return None
        return found

    def all_of(
        self, name: str, property_names: Sequence[str], place: str, types: Collection[str] = ()
    ) -> tuple[PropertyDefinition, ...] | None:
        """Return all properties of a canonical name, or None when one of them cannot be used."""
        found = [self.one(name, property_name, place, types) for property_name in property_names]
        usable = tuple(definition for definition in found if definition is not None)
        return usable if len(usable) == len(found) else None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return tuple(
            Gap(
                name=name,
                reason=self.reason(name),
                fix=_joined(gap.fix for gap in gaps),
                problem=_joined(gap.problem for gap in gaps if gap.fix),
            )
            for name, gaps in self._gaps.items()
        )


def _joined(parts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, parts)))


def missing_property(what: str, property_name: str, definitions: Definitions, correct: str) -> tuple[str, str]:
    """Return the reason and the fix for a property that does not exist."""
    close = difflib.get_close_matches(property_name, definitions, n=1)
    hint = f' (did you mean "{close[0]}"?)' if close else ""
    return (
        f'the {what} property "{property_name}" does not exist in this portal',
        f"{correct}{hint}, or create the property in HubSpot under Settings > Properties",
    )


def resolve(settings: HubSpotSettings, definitions: Definitions | None, unreadable: Gap) -> CompanyMapping:
    """Return the usable part of the policy's mapping of companies.

    Args:
        settings: The org's settings.
        definitions: The portal's company properties; None when the access token may not read them.
        unreadable: Reason and fix for that case; its name is not used.
    """
    checker = _Checker(definitions, unreadable)
    for name, property_name in _REQUIRED.items():
        if definitions is not None and property_name not in definitions:
            checker.note(name, f'the company property "{property_name}" does not exist in this portal')
    tier = revenue = None
    if settings.fields.tier is None:
        checker.note("account.tier", "not mapped")
    else:
        tier = checker.one("account.tier", settings.fields.tier, "fields: account.tier")
    if settings.fields.revenue is None:
        checker.note("account.revenue", "not mapped")
    else:
        revenue = checker.one("account.revenue", settings.fields.revenue, "fields: account.revenue", {"number"})
    roles = _resolve_roles(settings, checker)
    plan_fields, plan_parts, doubtful = _resolve_plan(settings, checker)
    return CompanyMapping(
        tier=tier,
        revenue=revenue,
        roles=roles,
        plan_fields=plan_fields,
        plan_parts=plan_parts,
        plan_doubtful=doubtful,
        no_scope=_resolve_scope(settings, checker),
        own=COMPANY_PROPERTIES if definitions is None else tuple(n for n in COMPANY_PROPERTIES if n in definitions),
        gaps=checker.gaps,
    )


def _resolve_roles(settings: HubSpotSettings, checker: _Checker) -> Mapping[Role, tuple[PropertyDefinition, ...]]:
    mapped = settings.roles.owner_properties
    if not mapped:
        checker.note(
            "roles",
            "not mapped",
            "create one company property of the type HubSpot user for each role and map them under "
            "roles: owner_properties, or keep the roles in an assignments file",
            "no company properties are mapped to the roles",
        )
    found: dict[Role, tuple[PropertyDefinition, ...]] = {}
    for role in Role:
        name, place = f"roles.{role}", f"roles: owner_properties: {role}"
        if role not in mapped:
            fix = f"map a company property that holds HubSpot users under {place}" if mapped else ""
            checker.note(name, "not mapped", fix, f"no company property is mapped to the role {role.label}")
            continue
        usable = checker.all_of(name, mapped[role], place, {OWNER})
        if usable is not None:
            found[role] = usable
    return found


def _resolve_plan(
    settings: HubSpotSettings, checker: _Checker
) -> tuple[Mapping[PlanField, PropertyDefinition], Mapping[PlanPart, tuple[PropertyDefinition, ...]], bool]:
    plan = settings.plan
    mapped_fields, mapped_parts = ({}, {}) if plan is None else (plan.fields, plan.parts)
    fields: dict[PlanField, PropertyDefinition] = {}
    parts: dict[PlanPart, tuple[PropertyDefinition, ...]] = {}
    for each in PlanField:
        if each not in mapped_fields:
            checker.note(f"plan.{each}", "not mapped")
            continue
        definition = checker.one(f"plan.{each}", mapped_fields[each], f"plan: fields: {each}", DATES)
        if definition is not None:
            fields[each] = definition
    for part in PlanPart:
        if part not in mapped_parts:
            checker.note(f"plan.parts.{part}", "not mapped")
            continue
        usable = checker.all_of(f"plan.parts.{part}", mapped_parts[part], f"plan: parts: {part}")
        if usable is not None:
            parts[part] = usable
    _note_whole_plan(plan is not None, bool(fields or parts), mapped_fields, checker)
    return fields, parts, len(fields) < len(mapped_fields) or len(parts) < len(mapped_parts)


def _note_whole_plan(mapped: bool, usable: bool, mapped_fields: Iterable[PlanField], checker: _Checker) -> None:
    if not mapped:
        checker.note(
            "plans",
            "no company properties are mapped to the account plan",
            "map the company properties that hold the account plan under plan: fields and plan: parts",
        )
    elif not usable:
        checker.note("plans", "none of the company properties mapped to the account plan can be read")
    elif not {PlanField.LAST_REVIEW_ON, PlanField.NEXT_REVIEW_ON}.intersection(mapped_fields):
        checker.note(
            f"plan.{PlanField.NEXT_REVIEW_ON}",
            "not mapped",
            "map a company property of the type date under plan: fields: next_review_on or last_review_on",
            "no review date of the account plan is mapped",
        )


def _resolve_scope(settings: HubSpotSettings, checker: _Checker) -> str:
    """Note what is wrong with the scope; return why companies cannot be told apart by it at all, or nothing."""
    scope = settings.scope
    if scope is None:
        return ""
    definition = checker.one("scope", scope.property, "scope: property")
    if definition is None:
        return checker.reason("scope") if checker.knows_properties else ""
    impossible = [value for value in scope.values if definition.options and value not in definition.options]
    if impossible:
        checker.note(
            "scope",
            f'the company property "{scope.property}" cannot have the value {", ".join(map(repr, impossible))}',
            f"correct scope: values; it can have {', '.join(map(repr, definition.options[:20]))}",
        )
    return ""
