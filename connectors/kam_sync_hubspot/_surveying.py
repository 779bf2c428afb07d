"""From the properties of a portal to what a policy might say: one proposal for each decision, with a reason. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kam_sync.names import NAMES
from kam_sync.records import PlanPart, Role
from kam_sync.setup_ports import Candidate, Proposal
from kam_sync_hubspot._checking import Definitions, Gap
from kam_sync_hubspot._matching import SURE, says, says_yes, score, values_for
from kam_sync_hubspot._naming import LABELS, USUAL, free_name
from kam_sync_hubspot._object_schema import SINGULAR
from kam_sync_hubspot._setup_answers import PropertyDefinition, PropertyOption
from kam_sync_hubspot._values import DATES
from kam_sync_hubspot.record_settings import COMPANIES, DEFAULT_FIELDS

MOST_CANDIDATES: Final = 10
"""What a proposal shows at most."""

_CHOICES: Final = ("contact.stance", "contact.level", "contact.buying_roles")
_OPTIONS_SAY: Final = 62
"""The score of a property whose options, not its name, speak of key accounts."""
_DEFAULT: Final = 25
"""How much surer HubSpot's own property is for what it is read by default."""
_TARGET_ACCOUNT: Final = "hs_is_target_account"
_TARGETED: Final = 10
"""How much less sure HubSpot's target accounts are: sales uses them for prospects, too."""
_TEXT_FIELDS: Final = frozenset({"", "text", "textarea", "html"})
_OWN_PREFIXES: Final = ("hs_", "notes_", "num_", "hubspot_", "engagements_")


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyCandidate(Candidate):
    """A property that may answer a proposal; `values` are ours → its options, for the scope under no name."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rated:
    definition: PropertyDefinition
    score: int
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def proposals(definitions: Mapping[str, Definitions | Gap]) -> tuple[Proposal, ...]:
    """Return what is to be decided, in the order to ask it.

    Args:
        definitions: Object type (companies, contacts, tasks) → its properties, or why they cannot be read.
    """
    return (
        _single("scope", "Which property says that a company is a key account?", definitions),
        _single("account.tier", "Which property holds a company's tier?", definitions),
        _single("account.revenue", "Which property holds a company's revenue, by which tasks are queued?", definitions),
        _single("contact.stance", "Which property says how a contact stands towards you?", definitions),
        _single("contact.level", "Which property says how high a contact stands?", definitions),
        _single("contact.buying_roles", "Which property says what part a contact plays in buying?", definitions),
        *(_several(f"roles.{role}", f"Which properties name a company's {role.label}?", definitions) for role in Role),
        _plans(),
        _single("plan.start_on", "Which property holds the start of the account plan?", definitions),
        _single("plan.end_on", "Which property holds the end of the account plan?", definitions),
        _single("plan.last_review_on", "Which property holds the plan's last review?", definitions),
        _single("plan.next_review_on", "Which property holds the plan's next review?", definitions),
        *(
            _several(f"plan.parts.{part}", f"Which properties hold the plan's {part.label}?", definitions)
            for part in PlanPart
        ),
        _single("tasks.key", "Which task property is to hold kam-sync's key?", definitions),
    )


def _plans() -> Proposal:
    return Proposal(
        subject="plans",
        question="Where are account plans kept?",
        candidates=(Candidate(value=COMPANIES, label="Companies", detail="in properties of the company"),),
        chosen=(COMPANIES,),
        because="the HubSpot connector reads account plans from properties of the company",
    )


def _object_of(subject: str) -> str:
    if subject.startswith("contact."):
        return "contacts"
    return "tasks" if subject == "tasks.key" else COMPANIES


def _single(subject: str, question: str, definitions: Mapping[str, Definitions | Gap]) -> Proposal:
    return _propose(subject, question, definitions, several=False)


def _several(subject: str, question: str, definitions: Mapping[str, Definitions | Gap]) -> Proposal:
    return _propose(subject, question, definitions, several=True)


def _propose(subject: str, question: str, definitions: Mapping[str, Definitions | Gap], *, several: bool) -> Proposal:
    object_type = _object_of(subject)
    there = definitions[object_type]
    if isinstance(there, Gap):
        made = (USUAL[subject],) if subject in USUAL else ()
        because = f"{there.reason}, so that nothing could be looked for; {_or_made(subject, made)}"
        return Proposal(
            subject=subject, question=question, candidates=(), chosen=made, because=because, several=several
        )
    rated = _rated(subject, there.values())
    sure = [each for each in rated if each.score >= SURE]
    shown = [*rated, *_other_owners(subject, there.values(), rated)][:MOST_CANDIDATES]
    chosen: tuple[str, ...]
    if sure:
        united = several and subject.startswith("roles.")
        chosen = tuple(each.definition.name for each in (sure[:MOST_CANDIDATES] if united else sure[:1]))
    else:
        chosen = (free_name(subject, there),) if subject in USUAL else ()
    return Proposal(
        subject=subject,
        question=question,
        candidates=tuple(_candidate(each, object_type) for each in shown),
        chosen=chosen,
        because=_because(subject, object_type, rated, sure, chosen),
        several=several,
    )


def _rated(subject: str, there: Iterable[PropertyDefinition]) -> Sequence[_Rated]:
    """Return what may be meant, the likeliest first; where nothing tells them apart, people's own and by name."""
    found = [rated for definition in there if (rated := _rate(subject, definition)) is not None]
    return sorted(found, key=lambda each: (-each.score, _is_own(each.definition), each.definition.name))


def _rate(subject: str, definition: PropertyDefinition) -> _Rated | None:
    if definition.hidden or not _fits(subject, definition):
        return None
    named = score(subject, definition.label, definition.name)
    if subject == "scope":
        return _rate_scope(definition, named)
    if definition.name == DEFAULT_FIELDS.get(subject):
        named = min(100, max(named, SURE) + _DEFAULT)
    if not named:
        return None
    if subject not in _CHOICES:
        return _Rated(definition=definition, score=named)
    values = values_for(subject, ((choice.value, choice.label) for choice in definition.choices))
    if not values and named >= SURE:
        named = SURE - 1
    return _Rated(definition=definition, score=named, values=values)


def _rate_scope(definition: PropertyDefinition, named: int) -> _Rated | None:
    chosen: tuple[str, ...] = ("true",)
    if not (definition.type == "bool" or definition.field_type == "booleancheckbox"):
        telling = [
            choice.value for choice in definition.choices if not choice.hidden and _tells_key_accounts(choice, named)
        ]
        if not telling:
            return None
        chosen, named = tuple(telling), max(named, _OPTIONS_SAY)
    if definition.name == _TARGET_ACCOUNT:
        named = max(named, SURE + _TARGETED) - _TARGETED
    return _Rated(definition=definition, score=named, values={"": chosen}) if named else None


def _tells_key_accounts(choice: PropertyOption, named: int) -> bool:
    """Return whether an option stands for key accounts; a bare yes does where the property's name asks for them."""
    said = says("key account", choice.value, choice.label) and not says("negated", choice.value, choice.label)
    return said or (named > 0 and says_yes(choice.value, choice.label))


def _fits(subject: str, definition: PropertyDefinition) -> bool:
    """Return whether a property is of a kind that can hold a subject, and filled by people where that matters."""
    by_people = not (definition.calculated or definition.read_only or _is_own(definition))
    if subject == "scope":
        return definition.type in {"bool", "enumeration"} and not definition.holds_owners
    if subject == "account.tier":
        return definition.type in {"string", "enumeration"} and _is_plain(definition)
    if subject == "account.revenue":
        return definition.type == "number"
    if subject in _CHOICES:
        return definition.type == "enumeration" and not definition.holds_owners
    if subject.startswith("roles."):
        return definition.holds_owners and by_people
    if subject.startswith("plan.parts."):
        return definition.type == "string" and _is_plain(definition) and by_people
    if subject.startswith("plan."):
        return definition.type in DATES and by_people
    return definition.type == "string" and _is_plain(definition)


def _is_plain(definition: PropertyDefinition) -> bool:
    return not definition.holds_owners and (definition.type != "string" or definition.field_type in _TEXT_FIELDS)


def _is_own(definition: PropertyDefinition) -> bool:
    """Return whether a property is HubSpot's own: it fills these itself, some of them from tasks such as ours."""
    return definition.hubspot_defined or definition.name.startswith(_OWN_PREFIXES)


def _other_owners(subject: str, there: Iterable[PropertyDefinition], rated: Sequence[_Rated]) -> Sequence[_Rated]:
    """Return the owner properties whose names say nothing of a role, since only people know what they are for."""
    if not subject.startswith("roles."):
        return ()
    known = {each.definition.name for each in rated}
    others = [
        each
        for each in there
        if _fits(subject, each) and not each.hidden and each.name not in known and not _names_a_role(each)
    ]
    return [_Rated(definition=each, score=0) for each in sorted(others, key=lambda each: each.name)]


def _names_a_role(definition: PropertyDefinition) -> bool:
    return any(score(f"roles.{role}", definition.label, definition.name) >= SURE for role in Role)


def _candidate(rated: _Rated, object_type: str) -> PropertyCandidate:
    definition = rated.definition
    return PropertyCandidate(
        value=definition.name,
        label=definition.label,
        detail=f"{_kind(definition)} of {object_type}{_of_options(rated.values)}",
        values=rated.values,
    )


def _kind(definition: PropertyDefinition) -> str:
    if definition.holds_owners:
        return "HubSpot user"
    kinds = {"bool": "checkbox", "enumeration": "choice", "string": "text", "datetime": "date and time"}
    return kinds.get(definition.type, definition.type)


def _of_options(values: Mapping[str, Collection[str]]) -> str:
    listed = [option for options in values.values() for option in options]
    return f", with {', '.join(listed)}" if listed and listed != ["true"] else ""


def _because(
    subject: str, object_type: str, rated: Sequence[_Rated], sure: Sequence[_Rated], chosen: tuple[str, ...]
) -> str:
    what = "a contact" if object_type == "contacts" else f"a {SINGULAR[object_type]}"
    if not sure:
        nearest = f'"{rated[0].definition.label}" comes nearest' if rated else ""
        found = f"no property of {what} {'says so plainly' if rated else 'that could hold it says so by its name'}"
        return "; ".join(filter(None, (found, nearest, _or_made(subject, chosen))))
    best = sure[0]
    others = len(rated) - len(chosen)
    more = "" if others < 1 else f"; {others} other{'s' if others > 1 else ''} may be meant"
    return f"{_why(subject, best)}{more}"


def _why(subject: str, best: _Rated) -> str:
    definition = best.definition
    if definition.name == DEFAULT_FIELDS.get(subject):
        return f'"{definition.label}" is HubSpot\'s own property for it'
    if definition.name == _TARGET_ACCOUNT:
        return (
            f'"{definition.label}" is HubSpot\'s own mark; see that you use it for customers, not for prospects alone'
        )
    if subject == "scope" and best.score == _OPTIONS_SAY:
        return f'options of "{definition.label}" speak of key accounts'
    return f'its name says so: "{definition.label}"'


def _or_made(subject: str, made: tuple[str, ...]) -> str:
    if made:
        return f'setup would make "{made[0]}" ("{LABELS[subject]}")'
    return "left out" if subject in NAMES else "without it every company counts"
