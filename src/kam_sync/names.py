"""The canonical names: everything of an org that can be unknown, where it stands in a record, and how it is mapped.

A relation (`contacts`) is all records of a kind; a field (`contact.stance`) is a field of such a record; a part
(`roles.innovator`, `contact.buying_roles.champion`) is one of the values that a field or relation can take. Rules name
what they need by these names, policies what they map, connectors what cannot be known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import lru_cache
from typing import Final

from kam_sync.records import (
    BuyingRole,
    ContactLevel,
    OpportunityStage,
    OpportunityType,
    PlanPart,
    Purpose,
    RecordKind,
    Role,
    Stance,
    SwotPart,
)


class FieldType(Enum):
    """What a mapped field of the CRM holds, and so how its value is read."""

    TEXT = "text"
    TEXTS = "values of a multi-select field"
    NUMBER = "a number"
    YEAR = "a year"
    DATE = "a date"
    FLAG = "a checkbox"
    FILLED = "anything: only whether it is filled is read"
    GRADE = "a grade from A+ to F"
    CHOICE = "one of the values that `values` maps"
    CHOICES = "some of the values that `values` maps"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One canonical name.

    Args:
        name: The name itself.
        kind: The kind of record it is about.
        words: What it is, as a person reads it.
        attribute: The attribute of the record; empty for a relation.
        field_type: How a mapped field's value is read; None where policies do not map it by this name.
        choices: What the values of a CHOICE or CHOICES field are mapped to.
        part: The one value of the attribute that this name is about.
        probed: Whether "empty on every record" means that nobody keeps it.
    """

    name: str
    kind: RecordKind
    words: str
    attribute: str = ""
    field_type: FieldType | None = None
    choices: type[StrEnum] | None = None
    part: str | None = None
    probed: bool = True


RELATIONS: Final[Mapping[RecordKind, str]] = {
    RecordKind.CONTACT: "contacts",
    RecordKind.ROLE: "roles",
    RecordKind.OPPORTUNITY: "opportunities",
    RecordKind.ACTIVITY: "activities",
    RecordKind.PLAN: "plans",
    RecordKind.GOAL: "goals",
    RecordKind.ACTION: "actions",
    RecordKind.FEEDBACK: "feedback",
    RecordKind.QUOTE: "quotes",
    RecordKind.CASE: "cases",
    RecordKind.CONTRACT: "contracts",
    RecordKind.OWNER_CHANGE: "owner_changes",
    RecordKind.SALES: "sales",
}
"""Kind of record → the canonical name of all records of that kind."""

_RELATION_WORDS: Final[Mapping[RecordKind, str]] = {
    RecordKind.CONTACT: "the customer's people",
    RecordKind.ROLE: "who plays the six roles",
    RecordKind.OPPORTUNITY: "sales in progress and past",
    RecordKind.ACTIVITY: "tasks, meetings and calls",
    RecordKind.PLAN: "account plans",
    RecordKind.GOAL: "goals of account plans",
    RecordKind.ACTION: "actions of account plans",
    RecordKind.FEEDBACK: "what customers think of us",
    RecordKind.QUOTE: "quotes and proposals",
    RecordKind.CASE: "complaints and requests",
    RecordKind.CONTRACT: "contracts and their ends",
    RecordKind.OWNER_CHANGE: "the history of account owners",
    RecordKind.SALES: "what every account bought in the last 12 months",
}

_ACCOUNT: Final = RecordKind.ACCOUNT
_CONTACT: Final = RecordKind.CONTACT
_OPPORTUNITY: Final = RecordKind.OPPORTUNITY
_ACTIVITY: Final = RecordKind.ACTIVITY
_PLAN: Final = RecordKind.PLAN
_GOAL: Final = RecordKind.GOAL
_ACTION: Final = RecordKind.ACTION

_T: Final = FieldType
_FIELDS: Final[tuple[tuple[RecordKind, str, FieldType | None, str], ...]] = (
    (_ACCOUNT, "owner_id", None, "the owner of the account"),
    (_ACCOUNT, "parent_id", None, "the account above it in its group"),
    (_ACCOUNT, "tier", _T.TEXT, "the tier of the account"),
    (_ACCOUNT, "revenue", _T.NUMBER, "the size of the customer"),
    (_ACCOUNT, "created_on", None, "when the account was created"),
    (_ACCOUNT, "key_since", _T.DATE, "when it became a key account"),
    (_ACCOUNT, "growth_target", _T.NUMBER, "the growth target of the fiscal year in per cent"),
    (_ACCOUNT, "growth_target_year", _T.YEAR, "the fiscal year the growth target is for"),
    (_ACCOUNT, "cost_to_serve", _T.NUMBER, "the cost of serving it in the last 12 months"),
    (_ACCOUNT, "cost_to_serve_year_before", _T.NUMBER, "the cost of serving it in the 12 months before"),
    (_ACCOUNT, "cost_to_serve_two_years_before", _T.NUMBER, "the cost of serving it in the 12 months before those"),
    (_ACCOUNT, "relationship_stage", _T.TEXT, "the stage of the relationship"),
    (_ACCOUNT, "competitor", _T.TEXT, "a rival known to be active there"),
    (_ACCOUNT, "progress_report_on", _T.DATE, "when the last progress report went out"),
    (_ACCOUNT, "handover_on", _T.DATE, "when the last handover was recorded"),
    (_ACCOUNT, "tender_on", _T.DATE, "the date of the next tender"),
    (_ACCOUNT, "reference_requested_on", _T.DATE, "when it was last asked for a reference"),
    (_ACCOUNT, "trigger_on", _T.DATE, "when something happened there that calls for us"),
    (_ACCOUNT, "trigger", _T.TEXT, "what happened there that calls for us"),
    (_ACCOUNT, "recovery_target", _T.GRADE, "the grade a recovery plan aims at first"),
    (_ACCOUNT, "criteria", None, "the scores of the selection criteria"),
    (_ACCOUNT, "scored_on", _T.DATE, "when the selection criteria were last scored"),
    (_CONTACT, "title", None, "the job title of a contact"),
    (_CONTACT, "owner_id", None, "the owner of a contact"),
    (_CONTACT, "created_on", None, "when a contact was created"),
    (_CONTACT, "department", _T.TEXT, "the department of a contact"),
    (_CONTACT, "level", _T.CHOICE, "how high a contact stands"),
    (_CONTACT, "reports_to_id", None, "whom a contact reports to"),
    (_CONTACT, "buying_roles", _T.CHOICES, "what part a contact plays in buying"),
    (_CONTACT, "stance", _T.CHOICE, "how a contact stands towards us"),
    (_CONTACT, "stance_on", _T.DATE, "when the stance of a contact was last set"),
    (_CONTACT, "influence", _T.FILLED, "the influence of a contact"),
    (_CONTACT, "decision_criteria", _T.FILLED, "what a contact decides by"),
    (_CONTACT, "left", _T.FLAG, "whether a contact has left the company"),
    (_CONTACT, "bounced", None, "whether mail to a contact comes back"),
    (_OPPORTUNITY, "amount", None, "what an opportunity is worth"),
    (_OPPORTUNITY, "created_on", None, "when an opportunity was made"),
    (_OPPORTUNITY, "probability", None, "how likely an opportunity is to be won"),
    (_OPPORTUNITY, "type", _T.CHOICE, "new business, expansion or renewal"),
    (_OPPORTUNITY, "stages", _T.CHOICES, "which stages are technical ones or proposal ones"),
    (_OPPORTUNITY, "stage_since", None, "since when an opportunity has been in its stage"),
    (_OPPORTUNITY, "loss_reason", _T.TEXT, "why an opportunity was lost"),
    (_OPPORTUNITY, "competitor", _T.TEXT, "the rival in an opportunity"),
    (_OPPORTUNITY, "products", _T.TEXTS, "the product families an opportunity is about"),
    (_OPPORTUNITY, "success_criteria", _T.FILLED, "the scope and success benchmarks of an opportunity"),
    (_OPPORTUNITY, "tender_on", _T.DATE, "the date of the tender an opportunity is"),
    (_OPPORTUNITY, "proposal_sent_on", _T.DATE, "when the proposal of an opportunity was sent"),
    (_OPPORTUNITY, "proposal_expires_on", _T.DATE, "until when the proposal of an opportunity is valid"),
    (_OPPORTUNITY, "delivered_on", _T.DATE, "when what was sold was delivered"),
    (_OPPORTUNITY, "team_ids", None, "our people who work on an opportunity"),
    (_OPPORTUNITY, "contact_ids", None, "the customer's people in an opportunity"),
    (_ACTIVITY, "contact_ids", None, "the customer's people in an activity"),
    (_ACTIVITY, "attendee_ids", None, "our people in a meeting beside its owner"),
    (_ACTIVITY, "purposes", _T.CHOICES, "what an activity is for"),
    (_PLAN, "start_on", _T.DATE, "the start of a plan"),
    (_PLAN, "end_on", _T.DATE, "the end of a plan"),
    (_PLAN, "last_review_on", _T.DATE, "the last review of a plan"),
    (_PLAN, "next_review_on", _T.DATE, "the next review of a plan"),
    (_PLAN, "modified_on", None, "when a plan was last changed"),
    (_PLAN, "swot_on", _T.DATE, "when the SWOT of a plan was last gone over"),
    (_GOAL, "owner_id", None, "the owner of a goal"),
    (_GOAL, "due_on", _T.DATE, "the due date of a goal"),
    (_GOAL, "start_on", _T.DATE, "the start of a goal"),
    (_GOAL, "has_metric", _T.FILLED, "the figure a goal is to reach"),
    (_GOAL, "progress_on", _T.DATE, "when the figure a goal has reached was last updated"),
    (_ACTION, "owner_id", None, "the owner of an action"),
    (_ACTION, "due_on", _T.DATE, "the due date of an action"),
    (_ACTION, "goal_id", None, "the goal an action serves"),
    (RecordKind.FEEDBACK, "grade", _T.GRADE, "the grade a customer gave"),
    (RecordKind.FEEDBACK, "has_reason", _T.FILLED, "why a customer gave a grade"),
    (RecordKind.QUOTE, "sent_on", _T.DATE, "when a quote was sent"),
    (RecordKind.QUOTE, "expires_on", _T.DATE, "until when a quote is valid"),
    (RecordKind.CASE, "is_high_priority", None, "which cases are urgent"),
    (RecordKind.CONTRACT, "end_on", _T.DATE, "the end of a contract"),
    (RecordKind.CONTRACT, "value", _T.NUMBER, "what a contract is worth in a year"),
)
_CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    "contact.level": ContactLevel,
    "contact.buying_roles": BuyingRole,
    "contact.stance": Stance,
    "opportunity.type": OpportunityType,
    "opportunity.stages": OpportunityStage,
    "activity.purposes": Purpose,
}
_UNPROBED: Final = frozenset(
    {
        "account.parent_id",
        "account.revenue",
        "account.created_on",
        "contact.left",
        "contact.bounced",
        "opportunity.stages",
        "opportunity.contact_ids",
        "plan.end_on",
        "goal.owner_id",
        "action.owner_id",
        "case.is_high_priority",
    }
)
"""Empty everywhere is an ordinary state of these."""
_PARTS: Final[tuple[tuple[RecordKind, str, type[StrEnum], str], ...]] = (
    (RecordKind.ROLE, "roles", Role, "the record of who is {}"),
    (_PLAN, "plan.parts", PlanPart, "the part {} of a plan"),
    (_PLAN, "plan.swot", SwotPart, "the {} in the SWOT of a plan"),
    (_CONTACT, "contact.buying_roles", BuyingRole, "which contacts are {}"),
    (_OPPORTUNITY, "opportunity.stages", OpportunityStage, "which stages are {} ones"),
    (_ACTIVITY, "activity.purposes", Purpose, "which activities are a {}"),
)


def _names() -> Iterator[Name]:
    for kind, relation in RELATIONS.items():
        yield Name(name=relation, kind=kind, words=_RELATION_WORDS[kind], probed=kind is not RecordKind.SALES)
    yield Name(name="accounts.total", kind=RecordKind.ACCOUNT, words="how many accounts there are", probed=False)
    yield Name(name="feedback.history", kind=RecordKind.FEEDBACK, words="feedback before the latest one", probed=False)
    for kind, attribute, field_type, words in _FIELDS:
        name = f"{kind.value}.{attribute}"
        yield Name(
            name=name,
            kind=kind,
            words=words,
            attribute=attribute,
            field_type=field_type,
            choices=_CHOICES.get(name),
            probed=name not in _UNPROBED,
        )
    for kind, prefix, values, words in _PARTS:
        for value in values:
            mapped = prefix in {"plan.parts", "plan.swot"}
            yield Name(
                name=f"{prefix}.{value.value}",
                kind=kind,
                words=words.format(value.value.replace("_", " ")),
                attribute=prefix.rpartition(".")[2],
                field_type=FieldType.FILLED if mapped else None,
                part=value.value,
                probed=prefix not in _UNPROBED,
            )


NAMES: Final[Mapping[str, Name]] = {name.name: name for name in _names()}
"""Every canonical name of a record; rules may need no other."""


def wider(name: str) -> Iterator[str]:
    """Yield a name and what it is a part of: its field, if it has one, and its relation.

    When one of these is unknown, so is the name.
    """
    yield name
    known = NAMES.get(name)
    if known is None:
        return
    field = name.rpartition(".")[0]
    if known.part is not None and field in NAMES:
        yield field
    relation = RELATIONS.get(known.kind)
    if relation is not None and relation not in {name, field}:
        yield relation


def wanted_kinds(names: frozenset[str]) -> frozenset[RecordKind]:
    """Return the kinds of record that hold what these names are about."""
    return frozenset(NAMES[name].kind for name in names if name in NAMES)


@lru_cache(maxsize=512)
def with_narrower(unknown: frozenset[str]) -> frozenset[str]:
    """Return what is unknown together with everything that is a part of it."""
    return unknown | {name for name in NAMES if not unknown.isdisjoint(wider(name))}
