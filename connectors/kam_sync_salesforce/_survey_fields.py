"""How fields and values of an org are recognised by what they are called, and how they are offered in a survey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kam_sync.setup_ports import Candidate, Proposal
from kam_sync_salesforce._fields import COMPOUND
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo
from kam_sync_salesforce._survey_words import EXCLUDED, PHRASES, rank

MOST: Final = 12
"""So many candidates are told for one question; the likeliest are first."""
FIXED: Final = frozenset(
    {
        "createddate",
        "lastactivitydate",  # our own tasks move it
        "lastmodifieddate",
        "lastreferenceddate",
        "lastvieweddate",
        "systemmodstamp",
    }
)
"""Fields that Salesforce itself moves; none of them says what somebody meant to say."""
NEW_NAMES: Final[Mapping[str, str]] = {
    "plan.last_review_on": "Last_Review__c",
    "plan.next_review_on": "Next_Review__c",
    "plan.parts.key_relations": "Relationship_Map__c",
    "plan.parts.current_state": "Current_State__c",
    "plan.parts.revenue_goals": "Revenue_Goals__c",
    "plan.parts.strategy": "Strategy__c",
    "tasks.key": "KamSync_Key__c",
}
"""Subject → the field that setup would make; without an object, which is that of the plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgCandidate(Candidate):
    """A candidate with what the section needs beside its name.

    Args:
        choices: Our value → those of the field's picklist that mean it.
        active: For plans: the field and the value by which a plan is in force.
        parent: For plans: the field that names the account; empty where plans are fields of the account.
    """

    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    active: tuple[str, str] | None = None
    parent: str = ""


def matching_fields(
    subject: str, found: ObjectInfo, types: frozenset[str] | None, *, own: bool = False
) -> list[FieldInfo]:
    """Return the fields of an object that are called as a subject is, the likeliest first.

    Args:
        subject: Of `PHRASES`.
        found: The object.
        types: What the field may be; None is anything with a text or number in it.
        own: Whether only fields of the org's own count.
    """
    ranked: list[tuple[tuple[int, int], bool, str, FieldInfo]] = []
    for info in found.fields.values():
        fits = info.type not in COMPOUND if types is None else info.type in types
        settable = info.name.endswith("__c") or (info.updateable and not own)
        if not fits or not settable or info.name.lower() in FIXED:
            continue
        best = rank_of(subject, info.label, info.name)
        if best is not None:
            ranked.append((best, not info.name.endswith("__c"), info.name, info))
    return [info for *_, info in sorted(ranked, key=lambda each: each[:3])]


def rank_of(subject: str, *texts: str) -> tuple[int, int] | None:
    """Return how well a label and a name fit together; a label that means something else outweighs the name."""
    excluded = EXCLUDED.get(subject, frozenset())
    ranks = [rank(PHRASES[subject], text, excluded) for text in texts]
    told = [each for each in ranks if each is not None]
    label = texts[0]
    if not told or (ranks[0] is None and rank((label,), label, excluded) is None):
        return None
    return min(told)


def field_candidate(info: FieldInfo, found: ObjectInfo, value: str = "", **more: object) -> OrgCandidate:
    choices = more.get("choices")
    return OrgCandidate(
        value=value or info.name,
        label=info.title,
        detail=f"{TYPES.get(info.type, info.type)} field of {found.label}",
        choices=choices if isinstance(choices, Mapping) else {},
    )


TYPES: Final = {
    "boolean": "checkbox",
    "multipicklist": "multi-select picklist",
    "string": "text",
    "textarea": "text",
    "double": "number",
    "int": "number",
    "reference": "lookup",
}


def because_of(candidates: Sequence[Candidate], chosen: Sequence[str], otherwise: str) -> str:
    if not candidates or not chosen:
        return otherwise
    others = [each.value for each in candidates if each.value not in chosen]
    if not others:
        return "by its name; nothing else in the org is called so"
    return f"by its name; there {'is' if len(others) == 1 else 'are'} also {', '.join(others[:3])}"


def proposal_of(
    subject: str,
    question: str,
    candidates: Sequence[Candidate],
    otherwise: str,
    *,
    made: tuple[str, ...] = (),
    several: bool = False,
) -> Proposal:
    """Return a proposal of the first candidate, or else of what setup would make, or else of nothing."""
    chosen = (candidates[0].value,) if candidates else made
    because = otherwise if not candidates else because_of(candidates, chosen, otherwise)
    return Proposal(
        subject=subject,
        question=question,
        candidates=tuple(candidates[:MOST]),
        chosen=chosen,
        because=because,
        several=several,
    )
