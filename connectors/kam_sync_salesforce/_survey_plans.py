"""Where an org keeps its account plans, and which fields of them hold the dates and parts that rules read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from kam_sync.config.document import ENVIRONMENT
from kam_sync.records import PlanPart
from kam_sync.setup_ports import Candidate, Proposal
from kam_sync_salesforce._fields import DATES
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo
from kam_sync_salesforce._survey_fields import (
    MOST,
    NEW_NAMES,
    OrgCandidate,
    field_candidate,
    matching_fields,
    proposal_of,
    rank_of,
)
from kam_sync_salesforce._survey_words import ACTIVE, rank

NATIVE_PLAN: Final = "AccountPlan"


def is_plan_like(name: str, label: str) -> bool:
    """Return whether an object of the org's own is called as account plans are."""
    return name.endswith("__c") and rank_of("plans", label, name) is not None


def plan_proposals(objects: Mapping[str, ObjectInfo]) -> Iterator[Proposal]:
    places = [(candidate, found) for candidate, found in _plan_places(objects)]
    yield proposal_of(
        "plans",
        "Where are account plans?",
        [candidate for candidate, _ in places],
        "nothing in the org is called so; setup can make fields on Account for them",
        made=("Account",) if "account" in objects else (),
    )
    if not places and "account" in objects:
        places = [(OrgCandidate(value="Account", label="Account"), objects["account"])]
    for subject, question in _PLAN_QUESTIONS.items():
        yield _plan_field(subject, question, places)


_PLAN_QUESTIONS: Final[Mapping[str, str]] = {
    "plan.start_on": "Which field holds the start of a plan?",
    "plan.end_on": "Which field holds the end of a plan?",
    "plan.last_review_on": "Which field holds the last review of a plan?",
    "plan.next_review_on": "Which field holds the next review of a plan?",
    **{f"plan.parts.{part.value}": f"Which field holds the part {part.label} of a plan?" for part in PlanPart},
}


def _plan_places(objects: Mapping[str, ObjectInfo]) -> Iterator[tuple[OrgCandidate, ObjectInfo]]:
    native = objects.get(NATIVE_PLAN.lower())
    if native is not None and native.field("AccountId"):
        yield _plan_candidate(native, "AccountId"), native
    own: list[tuple[tuple[int, int], str, OrgCandidate, ObjectInfo]] = []
    for found in objects.values():
        fit = rank_of("plans", found.label, found.name) if found.name.endswith("__c") else None
        lookups = [info for info in found.fields.values() if info.reference_to == ("Account",)]
        if fit is not None and lookups:
            parent = min(lookups, key=lambda info: (not info.name.lower().startswith("account"), info.name))
            own.append((fit, found.name, _plan_candidate(found, parent.name), found))
    yield from ((candidate, found) for *_, candidate, found in sorted(own, key=lambda each: each[:2]))
    account = objects.get("account")
    if account is not None and (
        _plan_fields(account, "plan.next_review_on") or _plan_fields(account, "plan.last_review_on")
    ):
        yield OrgCandidate(value="Account", label=account.label, detail="fields of the account itself"), account


def _plan_candidate(found: ObjectInfo, parent: str) -> OrgCandidate:
    active = None
    for info in found.fields.values():
        value = next((value for value in info.values if rank(ACTIVE, value) is not None), None)
        if info.type == "picklist" and value is not None and rank(("status", "phase", "stato", "estado"), info.name):
            active = (info.name, value) if not ENVIRONMENT.search(value) else None
            break
    kind = "Salesforce's own account plans" if found.name == NATIVE_PLAN else "object of the org's own"
    return OrgCandidate(value=f"{found.name}.{parent}", label=found.label, detail=kind, active=active, parent=parent)


def _plan_fields(found: ObjectInfo, subject: str) -> list[FieldInfo]:
    """Return the fields of an object that may hold a part of its plan; those of Account must speak of plans."""
    dates = subject in {"plan.start_on", "plan.end_on", "plan.last_review_on", "plan.next_review_on"}
    matching = matching_fields(subject, found, DATES if dates else _TEXTS)
    if found.name != "Account":
        return matching
    about = (
        "plan",
        "review",
        "swot",
        "revue",
        "revision",
        "revisao",
        "revisione",
        "uberprufung",
        "prufung",
        "beoordeling",
    )
    return [info for info in matching if info.name.endswith("__c") and _any(about, info)]


_TEXTS: Final = frozenset({"textarea", "string", "multipicklist", "url"})


def _any(words: Iterable[str], info: FieldInfo) -> bool:
    return any(rank((word,), text) is not None for word in words for text in (info.label, info.name))


def _plan_field(subject: str, question: str, places: Sequence[tuple[OrgCandidate, ObjectInfo]]) -> Proposal:
    candidates: list[Candidate] = [
        field_candidate(info, found, f"{found.name}.{info.name}")
        for _, found in places
        for info in _plan_fields(found, subject)
    ]
    chosen_object = places[0][1] if places else None
    own = [each for each in candidates if chosen_object and each.value.startswith(f"{chosen_object.name}.")]
    made: tuple[str, ...] = ()
    if chosen_object is not None and subject in NEW_NAMES:
        prefix = "Plan_" if chosen_object.name == "Account" else ""
        made = (f"{chosen_object.name}.{prefix}{NEW_NAMES[subject]}",)
    if candidates and not own:
        # Fields of another place of plans do not go with the proposed one.
        return Proposal(
            subject=subject,
            question=question,
            candidates=tuple(candidates[:MOST]),
            chosen=made,
            because=_lacking(subject, chosen_object),
        )
    ordered = [*own, *(each for each in candidates if each not in own)]
    return proposal_of(subject, question, ordered, _lacking(subject, chosen_object), made=made)


def _lacking(subject: str, found: ObjectInfo | None) -> str:
    where = found.label if found else "the org"
    if subject in NEW_NAMES:
        return f"nothing of {where} is called so; setup can make the field"
    return f"nothing of {where} is called so; it is left out"
