"""What a section of the policy file needs an org to have, each thing with the kind of field it must be.

Pure: settings go in, needs come out. Whether an org has them is found out by `_setup`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from kam_sync.names import NAMES, FieldType
from kam_sync.records import Grade
from kam_sync_salesforce._fields import COMPOUND, DATES, NUMBERS, TEXTS
from kam_sync_salesforce._record_settings import Condition, is_account
from kam_sync_salesforce._roles import TEAM
from kam_sync_salesforce._schema import FieldInfo
from kam_sync_salesforce._task_fields import KEY_LENGTH
from kam_sync_salesforce.settings import SalesforceSettings

ACTIVITY: Final = "Activity"
"""The object on which custom fields of tasks and events are made."""
KEY_NAME: Final = "tasks.key"
_TIERS: Final = ("A", "B", "C")
"""The values of a tier field that setup makes; people may add others."""
_MONEY: Final = frozenset(
    {
        "account.revenue",
        "account.cost_to_serve",
        "account.cost_to_serve_year_before",
        "account.cost_to_serve_two_years_before",
        "contract.value",
    }
)


class Kind(Enum):
    """The kinds of field that setup makes; the value is a name for people."""

    KEY = "text field for the task key"
    TEXT = "text field"
    LONG_TEXT = "long text field"
    NUMBER = "number field"
    YEAR = "number field without decimals"
    CURRENCY = "currency field"
    PERCENT = "percent field"
    DATE = "date field"
    CHECKBOX = "checkbox"
    PICKLIST = "picklist"
    MULTI_PICKLIST = "multi-select picklist"
    LOOKUP = "lookup"


_CHOICES: Final = frozenset({"picklist", "multipicklist", "string", "combobox"})
_FITTING: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.NUMBER: NUMBERS,
    Kind.YEAR: NUMBERS | TEXTS,
    Kind.CURRENCY: NUMBERS,
    Kind.PERCENT: NUMBERS,
    Kind.DATE: DATES,
    Kind.CHECKBOX: frozenset({"boolean"}),
    Kind.PICKLIST: _CHOICES,
    Kind.MULTI_PICKLIST: _CHOICES,
}
"""The types of a field that is there that will do; the others take any but compound ones."""
_OF_TYPE: Final[Mapping[FieldType, Kind]] = {
    FieldType.TEXT: Kind.TEXT,
    FieldType.TEXTS: Kind.TEXT,
    FieldType.NUMBER: Kind.NUMBER,
    FieldType.YEAR: Kind.YEAR,
    FieldType.DATE: Kind.DATE,
    FieldType.FLAG: Kind.CHECKBOX,
    FieldType.FILLED: Kind.LONG_TEXT,
    FieldType.GRADE: Kind.PICKLIST,
    FieldType.CHOICE: Kind.PICKLIST,
    FieldType.CHOICES: Kind.MULTI_PICKLIST,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A field that the policy names.

    Args:
        owner: The object; Activity for a field of tasks.
        name: The API name.
        kind: What it must be.
        serves: The canonical names that rest on it.
        values: What a picklist must offer.
        target: The object that a lookup leads to.
    """

    owner: str
    name: str
    kind: Kind
    serves: frozenset[str]
    values: tuple[str, ...] = ()
    target: str = ""

    @property
    def path(self) -> str:
        """Object and field, as `Account.Tier__c`."""
        return f"{self.owner}.{self.name}"

    @property
    def custom(self) -> bool:
        """Whether it is a field of the org's own, and so one that can be made: not Salesforce's, not a package's."""
        return is_own(self.name)

    @property
    def label(self) -> str:
        """What people would call it."""
        return label_of(self.name)

    @property
    def title(self) -> str:
        """What it is, for people."""
        what = self.kind.value
        if self.kind is Kind.KEY:
            return f"text field {self.name} of {self.owner}, 64 characters, unique, external id"
        if self.kind is Kind.LOOKUP:
            return f"lookup {self.name} of {self.owner} to {self.target}"
        offered = f" with the values {', '.join(self.values)}" if self.values else ""
        return f"{what} {self.name} of {self.owner}{offered}"

    def fits(self, info: FieldInfo) -> bool:
        """Return whether a field that is there will do."""
        if self.kind is Kind.KEY:
            return info.type in {"string", "text"} and info.external_id and info.unique and info.length >= KEY_LENGTH
        if self.kind is Kind.LOOKUP:
            return info.type == "reference" and self.target in info.reference_to
        fitting = _FITTING.get(self.kind)
        return info.type not in COMPOUND if fitting is None else info.type in fitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """All that a section needs.

    Args:
        objects: The objects it names, and the canonical names that rest on each.
        fields: The fields, each once.
        team_values: Values that people must be able to choose in the account team, and what rests on them.
    """

    objects: Mapping[str, frozenset[str]]
    fields: tuple[Need, ...]
    team_values: Mapping[str, frozenset[str]]


def is_own(name: str) -> bool:
    """Return whether an API name is the org's own: `Tier__c`, but neither `Name` nor `package__Tier__c`."""
    return name.endswith("__c") and "__" not in name.removesuffix("__c")


def label_of(name: str) -> str:
    """Return what people would call what has an API name: `Next Review` for `Next_Review__c`."""
    return name.removesuffix("__c").replace("_", " ")[:40]


def needs_of(settings: SalesforceSettings) -> Needs:
    """Return what a section needs."""
    found: dict[str, Need] = {}
    for need in _fields(settings):
        former = found.get(need.path.lower())
        if former is None:
            found[need.path.lower()] = need
            continue
        values = tuple(dict.fromkeys((*former.values, *need.values)))
        found[need.path.lower()] = Need(
            owner=former.owner,
            name=former.name,
            kind=former.kind,
            serves=former.serves | need.serves,
            values=values,
            target=former.target,
        )
    team = {
        value: frozenset({"roles", *(f"roles.{role.value}" for role in roles)})
        for value, roles in settings.roles.team_roles.items()
        if roles
    }
    return Needs(objects=dict(_objects(settings)), fields=tuple(found.values()), team_values=team)


def _objects(settings: SalesforceSettings) -> Iterator[tuple[str, frozenset[str]]]:
    if settings.roles.team_roles:
        yield TEAM, frozenset({"roles"})
    goals = settings.goals
    for section, name in (
        (settings.plan, "plans"),
        (goals if goals and not goals.native else None, "goals"),
        (settings.actions, "actions"),
        (settings.feedback, "feedback"),
        (settings.contracts if not settings.contracts.native else None, "contracts"),
    ):
        if section is not None and not is_account(section.object):
            yield section.object, frozenset({name})


def _fields(settings: SalesforceSettings) -> Iterator[Need]:
    yield from _scope(settings)
    yield from _mapped(settings)
    for role, names in settings.roles.user_fields.items():
        for name in names:
            yield _lookup("Account", name, "User", "roles", f"roles.{role.value}")
    if settings.roles.team_field is not None:
        serves = frozenset(
            {"roles", *(f"roles.{role.value}" for roles in settings.roles.team_roles.values() for role in roles)}
        )
        values = tuple(settings.roles.team_roles)
        yield Need(owner=TEAM, name=settings.roles.team_field, kind=Kind.MULTI_PICKLIST, serves=serves, values=values)
    yield from _plan(settings)
    yield from _own(settings)
    if settings.tasks.key_field is not None:
        yield Need(owner=ACTIVITY, name=settings.tasks.key_field, kind=Kind.KEY, serves=frozenset({KEY_NAME}))


def _scope(settings: SalesforceSettings) -> Iterator[Need]:
    if settings.scope is not None:
        yield _by_values("Account", settings.scope.field, settings.scope.values, "scope")


def _by_values(owner: str, name: str, values: Sequence[bool | float | str], *serves: str) -> Need:
    """Return the need of a field that is compared with values."""
    if all(isinstance(value, bool) for value in values):
        return Need(owner=owner, name=name, kind=Kind.CHECKBOX, serves=frozenset(serves))
    if all(isinstance(value, int | float) for value in values):
        return Need(owner=owner, name=name, kind=Kind.NUMBER, serves=frozenset(serves))
    texts = tuple(str(value) for value in values)
    return Need(owner=owner, name=name, kind=Kind.PICKLIST, serves=frozenset(serves), values=texts)


def _mapped(settings: SalesforceSettings) -> Iterator[Need]:
    for canonical, names in settings.fields.items():
        record = canonical.partition(".")[0]
        owner = ACTIVITY if record == "activity" else record.capitalize()
        for name in names:
            yield _canonical(settings, canonical, owner, name)
    for criterion, name in settings.criteria.items():
        yield Need(
            owner="Account",
            name=name,
            kind=Kind.NUMBER,
            serves=frozenset({"account.criteria", f"account.criteria.{criterion}"}),
        )
    if settings.sales is not None:
        yield Need(owner="Account", name=settings.sales.field, kind=Kind.CURRENCY, serves=frozenset({"sales"}))


def _canonical(settings: SalesforceSettings, canonical: str, owner: str, name: str) -> Need:
    """Return the need of a field that is mapped to a canonical name."""
    known = NAMES[canonical]
    kind = _OF_TYPE[known.field_type] if known.field_type else Kind.TEXT
    values: tuple[str, ...] = ()
    if canonical == "account.tier":
        kind, values = Kind.PICKLIST, _TIERS
    elif known.field_type is FieldType.GRADE:
        values = tuple(grade.value for grade in Grade)
    elif known.choices is not None:
        chosen = settings.choices(canonical)
        own = tuple(choice.value.replace("_", " ").capitalize() for choice in known.choices)
        values = tuple(dict.fromkeys(value for each in chosen.values() for value in each)) or own
    elif canonical in _MONEY:
        kind = Kind.CURRENCY
    elif canonical == "account.growth_target":
        kind = Kind.PERCENT
    return Need(owner=owner, name=name, kind=kind, serves=frozenset({canonical}), values=values)


def _lookup(owner: str, name: str, target: str, *serves: str) -> Need:
    return Need(owner=owner, name=name, kind=Kind.LOOKUP, serves=frozenset(serves), target=target)


def _plan(settings: SalesforceSettings) -> Iterator[Need]:
    plan = settings.plan
    if plan is None:
        return
    if plan.account_field is not None:
        yield _lookup(plan.object, plan.account_field, "Account", "plans")
    if plan.active is not None:
        yield _by_values(plan.object, plan.active.field, plan.active.values, "plans")
    for attribute in type(plan.fields).model_fields:
        name = getattr(plan.fields, attribute)
        if isinstance(name, str):
            yield Need(owner=plan.object, name=name, kind=Kind.DATE, serves=frozenset({f"plan.{attribute}"}))
    for what, parts in (("parts", plan.parts), ("swot", plan.swot)):
        for part, names in parts.items():
            for name in names:
                serves = frozenset({f"plan.{what}.{part.value}"})
                yield Need(owner=plan.object, name=name, kind=Kind.LONG_TEXT, serves=serves)


_ATTRIBUTES: Final[Mapping[str, Kind]] = {
    "name": Kind.TEXT,
    "on": Kind.DATE,
    "start_on": Kind.DATE,
    "due_on": Kind.DATE,
    "end_on": Kind.DATE,
    "progress_on": Kind.DATE,
    "has_metric": Kind.NUMBER,
    "has_reason": Kind.LONG_TEXT,
    "value": Kind.CURRENCY,
}
"""Attribute of a record in an object of the org's own → kind; lookups and grades are made by `_own_field`."""


def _own(settings: SalesforceSettings) -> Iterator[Need]:
    goals = settings.goals
    yield from _own_object(settings, goals, "goals", "goal", goals.open if goals else None)
    actions = settings.actions
    yield from _own_object(settings, actions, "actions", "action", actions.open if actions else None)
    yield from _own_object(settings, settings.feedback, "feedback", "feedback", None)
    contracts = settings.contracts
    yield from _own_object(settings, contracts, "contracts", "contract", contracts.active)
    if settings.cases.urgent is not None:
        urgent = settings.cases.urgent
        yield _by_values("Case", urgent.field, urgent.values, "case.is_high_priority")
    for attribute in ("sent_on", "expires_on"):
        name = getattr(settings.quotes.fields, attribute)
        if isinstance(name, str):
            yield Need(owner="Quote", name=name, kind=Kind.DATE, serves=frozenset({f"quote.{attribute}"}))


def _own_object(
    settings: SalesforceSettings, section: object, relation: str, record: str, condition: Condition | None
) -> Iterator[Need]:
    owner, account_field, fields = (getattr(section, name, None) for name in ("object", "account_field", "fields"))
    if not isinstance(owner, str) or not isinstance(fields, Mapping):
        return
    if isinstance(account_field, str):
        yield _lookup(owner, account_field, "Account", relation)
    if condition is not None:
        yield _by_values(owner, condition.field, condition.values, relation)
    for attribute, names in fields.items():
        canonical = f"{record}.{attribute}"
        serves = canonical if canonical in NAMES else relation
        for name in names:
            yield _own_field(settings, owner, attribute, name, serves)


def _own_field(settings: SalesforceSettings, owner: str, attribute: str, name: str, serves: str) -> Need:
    goals = settings.goals_section
    targets = {"owner_id": "User", "contact_id": "Contact", "goal_id": goals.object if goals else ""}
    if target := targets.get(attribute):
        return _lookup(owner, name, target, serves)
    if attribute == "grade":
        if settings.feedback is not None and settings.feedback.scale != "letter":
            return Need(owner=owner, name=name, kind=Kind.NUMBER, serves=frozenset({serves}))
        grades = tuple(grade.value for grade in Grade)
        return Need(owner=owner, name=name, kind=Kind.PICKLIST, serves=frozenset({serves}), values=grades)
    return Need(owner=owner, name=name, kind=_ATTRIBUTES.get(attribute, Kind.TEXT), serves=frozenset({serves}))
