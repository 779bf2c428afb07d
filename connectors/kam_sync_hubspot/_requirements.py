"""What a policy section needs of a portal, one entry for each property it names, of the right kind. Pure.

Left out is what HubSpot has by itself and a policy reads without naming it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from kam_sync.names import NAMES, RELATIONS, FieldType
from kam_sync.records import Grade, RecordKind
from kam_sync_hubspot._checking import NUMBERS, OWNER
from kam_sync_hubspot._naming import label_for
from kam_sync_hubspot._section_schema import SECTIONS, section_of
from kam_sync_hubspot._values import DATES
from kam_sync_hubspot.record_settings import COMPANIES, DEFAULT_FIELDS, CustomerFeedback, RecordSection
from kam_sync_hubspot.settings import HubSpotSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class KindForm:
    """How HubSpot makes a kind of property, and the types by which one that is there does as well; none is any."""

    words: str
    type: str
    field_type: str
    accepts: frozenset[str] = frozenset()


class Kind(Enum):
    """The kinds of property that a policy can need."""

    DATE = KindForm(words="date", type="date", field_type="date", accepts=DATES)
    NUMBER = KindForm(words="number", type="number", field_type="number", accepts=NUMBERS)
    SCORE = KindForm(words="score", type="number", field_type="number", accepts=NUMBERS | {"bool"})
    YEAR = KindForm(
        words="year", type="number", field_type="number", accepts=frozenset({"number", "string", "enumeration"})
    )
    FLAG = KindForm(
        words="checkbox", type="bool", field_type="booleancheckbox", accepts=frozenset({"bool", "enumeration"})
    )
    KEY = KindForm(words="single-line text", type="string", field_type="text", accepts=frozenset({"string"}))
    TEXT = KindForm(words="single-line text", type="string", field_type="text")
    LONG_TEXT = KindForm(words="multi-line text", type="string", field_type="textarea")
    CHOICE = KindForm(words="dropdown", type="enumeration", field_type="select")
    CHOICES = KindForm(words="multiple checkboxes", type="enumeration", field_type="checkbox")
    OWNER = KindForm(words="HubSpot user", type="enumeration", field_type="select", accepts=frozenset({OWNER}))


_OF_FIELD_TYPE: Final[Mapping[FieldType, Kind]] = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.TEXTS: Kind.TEXT,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.YEAR: Kind.YEAR,
    FieldType.DATE: Kind.DATE,
    FieldType.FLAG: Kind.FLAG,
    FieldType.FILLED: Kind.LONG_TEXT,
    FieldType.GRADE: Kind.CHOICE,
    FieldType.CHOICE: Kind.CHOICE,
    FieldType.CHOICES: Kind.CHOICES,
}
_OF_ATTRIBUTE: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("start_on", "due_on", "progress_on", "on", "end_on"), Kind.DATE),
    **dict.fromkeys(("name", "goal_id", "contact_id", "has_metric"), Kind.TEXT),
    "owner_id": Kind.OWNER,
    "value": Kind.NUMBER,
    "has_reason": Kind.LONG_TEXT,
}
_OBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "account": (COMPANIES,),
    "contact": ("contacts",),
    "opportunity": ("deals",),
    "activity": ("meetings", "calls"),
}
_TIERS: Final = ("A", "B", "C")
"""The tiers that setup offers where there is no property for them; `top_tiers` counts A unless told otherwise."""
_FLAGS: Final = frozenset({"true", "false"})
_CLOSED: Final = "closed"
"""What setup offers beside the values by which a record counts, so that there is one by which it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A property that the policy names.

    Args:
        object_type: The object type that is to have it.
        name: Its internal name.
        kind: The kind it is of, if setup makes it.
        serves: The canonical names that rest on it.
        place: Where the policy names it.
        label: Its label, if setup makes it.
        options: The values that the policy needs it to have.
        further: Values that are offered beside those when it is made.
        lacks: Why setup cannot make it, for the remedy; empty when it can.
    """

    object_type: str
    name: str
    kind: Kind
    serves: frozenset[str]
    place: str
    label: str
    options: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    lacks: str = ""


def requirements(settings: HubSpotSettings) -> tuple[Requirement, ...]:
    """Return what a policy section needs, the task key first; a property that is named twice comes once."""
    found: dict[tuple[str, str], Requirement] = {}
    for each in _all(settings):
        key = (each.object_type, each.name)
        found[key] = _joined(found[key], each) if key in found else each
    return tuple(found.values())


def _joined(first: Requirement, second: Requirement) -> Requirement:
    return replace(
        first,
        serves=first.serves | second.serves,
        options=tuple(dict.fromkeys((*first.options, *second.options))),
        further=tuple(dict.fromkeys((*first.further, *second.further))),
    )


def _all(settings: HubSpotSettings) -> Iterator[Requirement]:
    yield _one("tasks", settings.tasks.key_property, Kind.KEY, "tasks.key", "tasks: key_property")
    yield from _scope(settings)
    yield from _fields(settings)
    for criterion, name in settings.criteria.items():
        yield _one(COMPANIES, name, Kind.SCORE, "account.criteria", f"criteria: {criterion}")
    if settings.sales is not None:
        yield _one(COMPANIES, settings.sales.property, Kind.NUMBER, "sales", "sales: property")
    for role, names in settings.roles.owner_properties.items():
        for name in names:
            yield _one(COMPANIES, name, Kind.OWNER, f"roles.{role}", f"roles: owner_properties: {role}")
    yield from _plan(settings)
    for kind in SECTIONS:
        section = section_of(settings, kind)
        if section is not None:
            yield from _section(kind, section)
    for attribute, name in settings.quotes.fields.items():
        yield _one("quotes", name, Kind.DATE, f"quote.{attribute}", f"quotes: fields: {attribute}")
    urgent = settings.cases.urgent
    if urgent is not None:
        place = "cases: urgent: property"
        yield _one("tickets", urgent.property, Kind.CHOICE, "case.is_high_priority", place, urgent.values)


def _one(
    object_type: str, name: str, kind: Kind, subject: str, place: str, options: Iterable[str] = (), lacks: str = ""
) -> Requirement:
    return Requirement(
        object_type=object_type,
        name=name,
        kind=kind,
        serves=frozenset({subject}),
        place=place,
        label=label_for(subject, name),
        options=tuple(options),
        lacks=lacks,
    )


def _scope(settings: HubSpotSettings) -> Iterator[Requirement]:
    scope = settings.scope
    if scope is None:
        return
    flag = _FLAGS.issuperset(scope.values)
    options = () if flag else scope.values
    yield _one(COMPANIES, scope.property, Kind.FLAG if flag else Kind.CHOICE, "scope", "scope: property", options)


def _fields(settings: HubSpotSettings) -> Iterator[Requirement]:
    for subject, names in settings.fields.items():
        known = NAMES[subject]
        if names == (DEFAULT_FIELDS.get(subject),) or known.field_type is None:
            continue
        kind, options, lacks = _OF_FIELD_TYPE[known.field_type], _options_of(subject, settings), ""
        if subject == "account.tier":
            kind = Kind.CHOICE
        if known.choices is not None and not options:
            lacks = f"say which values it is to have under values: {subject}"
        for object_type in _OBJECTS[subject.partition(".")[0]]:
            for name in names:
                made = _one(object_type, name, kind, subject, f"fields: {subject}", options, lacks)
                yield replace(made, further=_further(subject, known.field_type))


def _options_of(subject: str, settings: HubSpotSettings) -> tuple[str, ...]:
    given = settings.values.get(subject, {}) if NAMES[subject].choices is not None else {}
    return tuple(dict.fromkeys(value for values in given.values() for value in values))


def _further(subject: str, field_type: FieldType) -> tuple[str, ...]:
    if subject == "account.tier":
        return _TIERS
    return tuple(grade.value for grade in Grade) if field_type is FieldType.GRADE else ()


def _plan(settings: HubSpotSettings) -> Iterator[Requirement]:
    plan = settings.plan
    if plan is None:
        return
    for field, name in plan.fields.items():
        yield _one(COMPANIES, name, Kind.DATE, f"plan.{field}", f"plan: fields: {field}")
    for part, names in plan.parts.items():
        for name in names:
            yield _one(COMPANIES, name, Kind.LONG_TEXT, f"plan.parts.{part}", f"plan: parts: {part}")
    for swot, names in plan.swot.items():
        for name in names:
            yield _one(COMPANIES, name, Kind.LONG_TEXT, f"plan.swot.{swot}", f"plan: swot: {swot}")


def _section(kind: RecordKind, section: RecordSection) -> Iterator[Requirement]:
    place, relation = SECTIONS[kind], RELATIONS[kind]
    for attribute, names in section.fields.items():
        canonical = f"{kind.value}.{attribute}"
        subject = canonical if canonical in NAMES else relation
        for name in names:
            made = _one(section.object, name, Kind.TEXT, subject, f"{place}: fields: {attribute}")
            if attribute == "grade" and isinstance(section, CustomerFeedback):
                letter = section.scale == "letter"
                grades = tuple(grade.value for grade in Grade) if letter else ()
                yield replace(made, kind=Kind.CHOICE if letter else Kind.NUMBER, further=grades)
            else:
                yield replace(made, kind=_OF_ATTRIBUTE[attribute])
    chosen = section.selection
    if chosen is not None:
        which = "active" if place == "contracts" else "open"
        made = _one(
            section.object, chosen.property, Kind.CHOICE, relation, f"{place}: {which}: property", chosen.values
        )
        yield replace(made, further=() if _CLOSED in _folded(chosen.values) else (_CLOSED,))


def _folded(values: Collection[str]) -> Sequence[str]:
    return [value.casefold() for value in values]
