"""Proposes what an org's section of the policy should say, by what its fields, objects and values are called.

Pure: described objects go in, proposals come out. A proposal is a guess that a person agrees to, so it prefers to say
nothing over saying something doubtful; where rules cannot do without, it proposes what setup would make.

How candidates are written: a field of Account or Contact by its name (`Tier__c`), anything else with its object
(`AccountPlan.Last_Review__c`), and a value of a picklist after an equals sign (`Segment__c=Strategic`,
`AccountTeamMember.TeamMemberRole=Innovator`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kam_sync.config.document import ENVIRONMENT
from kam_sync.names import NAMES
from kam_sync.records import PlanPart, Role
from kam_sync.setup_ports import Candidate, Proposal
from kam_sync_salesforce._fields import COMPOUND, DATES, NUMBERS
from kam_sync_salesforce._roles import TEAM
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo
from kam_sync_salesforce._survey_words import ACTIVE, EXCLUDED, PHRASES, YES, choices_of, rank
from kam_sync_salesforce._task_fields import KEY_LENGTH

NATIVE_PLAN: Final = "AccountPlan"
TEAM_ROLE: Final = "TeamMemberRole"
MOST: Final = 12
"""So many candidates are told for one question; the likeliest are first."""
_PICKLISTS: Final = frozenset({"picklist", "multipicklist"})
_FIXED: Final = frozenset(
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
_LEAST_ROLES: Final = 2
NEW_TEAM_FIELD: Final = "Account_Roles__c"
"""The multi-select picklist that setup would make on the account team, so that one person can hold several roles."""


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


def label_for(role: Role) -> str:
    """Return what setup would call a role in a picklist: `Results Driver`."""
    return role.label.title()


def propose(objects: Mapping[str, ObjectInfo]) -> tuple[Proposal, ...]:
    """Return the proposals in the order in which they are asked.

    Args:
        objects: The org's objects by name in small letters, as our user sees them: those named here, and whatever may
            hold account plans.
    """
    account, contact = objects.get("account"), objects.get("contact")
    proposals: list[Proposal] = []
    if account is not None:
        proposals += [_scope(account), _tier(account), _revenue(account)]
    if contact is not None:
        proposals += [_chosen(contact, name) for name in ("contact.level", "contact.stance", "contact.buying_roles")]
    proposals += _roles(objects)
    proposals += _plans(objects)
    proposals.append(_key(objects.get("task")))
    return tuple(proposals)


# --- below: how fields are recognised ---


def _matching(subject: str, found: ObjectInfo, types: frozenset[str] | None, *, own: bool = False) -> list[FieldInfo]:
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
        if not fits or not settable or info.name.lower() in _FIXED:
            continue
        best = _rank(subject, info.label, info.name)
        if best is not None:
            ranked.append((best, not info.name.endswith("__c"), info.name, info))
    return [info for *_, info in sorted(ranked, key=lambda each: each[:3])]


def _rank(subject: str, *texts: str) -> tuple[int, int] | None:
    """Return how well a label and a name fit together; a label that means something else outweighs the name."""
    excluded = EXCLUDED.get(subject, frozenset())
    ranks = [rank(PHRASES[subject], text, excluded) for text in texts]
    told = [each for each in ranks if each is not None]
    label = texts[0]
    if not told or (ranks[0] is None and rank((label,), label, excluded) is None):
        return None
    return min(told)


def _field_candidate(info: FieldInfo, found: ObjectInfo, value: str = "", **more: object) -> OrgCandidate:
    choices = more.get("choices")
    return OrgCandidate(
        value=value or info.name,
        label=info.title,
        detail=f"{_TYPES.get(info.type, info.type)} field of {found.label}",
        choices=choices if isinstance(choices, Mapping) else {},
    )


_TYPES: Final = {
    "boolean": "checkbox",
    "multipicklist": "multi-select picklist",
    "string": "text",
    "textarea": "text",
    "double": "number",
    "int": "number",
    "reference": "lookup",
}


def _because(candidates: Sequence[Candidate], chosen: Sequence[str], otherwise: str) -> str:
    if not candidates or not chosen:
        return otherwise
    others = [each.value for each in candidates if each.value not in chosen]
    if not others:
        return "by its name; nothing else in the org is called so"
    return f"by its name; there {'is' if len(others) == 1 else 'are'} also {', '.join(others[:3])}"


def _proposal(
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
    because = otherwise if not candidates else _because(candidates, chosen, otherwise)
    return Proposal(
        subject=subject,
        question=question,
        candidates=tuple(candidates[:MOST]),
        chosen=chosen,
        because=because,
        several=several,
    )


# --- below: accounts and contacts ---


def _scope(account: ObjectInfo) -> Proposal:
    candidates: list[Candidate] = [
        _field_candidate(info, account)
        for info in _matching("scope", account, frozenset({"boolean"}))
        if info.filterable
    ]
    for info in _matching("scope", account, _PICKLISTS):
        candidates += [_value(info, account, value) for value in info.values if value.casefold() in YES]
    for info in account.fields.values():
        if info.type in _PICKLISTS and info.filterable and info.name.lower() not in _FIXED:
            candidates += [_value(info, account, value) for value in info.values if _is_scope(value)]
    unique = {each.value: each for each in candidates if not ENVIRONMENT.search(each.value)}
    return _proposal(
        "scope",
        "Which accounts are key accounts?",
        tuple(unique.values()),
        "nothing in the org is called so: without it every account counts. Key_Account__c is a checkbox that setup can "
        "make",
        several=True,
    )


def _is_scope(value: str) -> bool:
    return rank(PHRASES["scope"], value, EXCLUDED["scope"]) is not None


def _value(info: FieldInfo, found: ObjectInfo, value: str, owner: str = "") -> Candidate:
    name = f"{owner}.{info.name}" if owner else info.name
    return OrgCandidate(
        value=f"{name}={value}",
        label=f"{info.title}: {value}",
        detail=f"value of the {_TYPES.get(info.type, info.type)} field {info.title} of {found.label}",
    )


def _tier(account: ObjectInfo) -> Proposal:
    matching = _matching("account.tier", account, _PICKLISTS | {"string"}, own=True)
    return _proposal(
        "account.tier",
        "Which field holds an account's tier?",
        [_field_candidate(info, account) for info in matching],
        "nothing in the org is called so; without tiers, top accounts are treated as all others",
    )


def _revenue(account: ObjectInfo) -> Proposal:
    matching = _matching("account.revenue", account, NUMBERS)
    native = sorted(matching, key=lambda info: info.name != "AnnualRevenue")
    return _proposal(
        "account.revenue",
        "Which field holds the size of a customer? It orders the queue of tasks.",
        [_field_candidate(info, account) for info in native],
        "no readable number field is called so; tasks are then not ordered by size",
    )


def _chosen(contact: ObjectInfo, canonical: str) -> Proposal:
    """Return the proposal for a field whose values must be understood as well."""
    candidates: list[Candidate] = []
    for info in _matching(canonical, contact, _PICKLISTS, own=True):
        values = [value for value in info.values if not ENVIRONMENT.search(value)]
        choices = choices_of(canonical, values)
        if choices:
            candidates.append(_field_candidate(info, contact, choices=choices))
    what = NAMES[canonical].words
    return _proposal(
        canonical,
        f"Which field says {what}?",
        candidates,
        "no picklist of contacts is called so and has values that say it; what needs it is then not judged",
    )


# --- below: the six roles ---


def _roles(objects: Mapping[str, ObjectInfo]) -> Iterator[Proposal]:
    team, account = objects.get(TEAM.lower()), objects.get("account")
    by_role = {role: list(_role_candidates(role, team, account)) for role in Role}
    held = [candidates[0].value for candidates in by_role.values() if candidates]
    # A single role that is called like one of ours is no sign that an org keeps the six roles there.
    kept = len(held) >= _LEAST_ROLES
    for role, candidates in by_role.items():
        made = _new_role(role, held if kept else [], team)
        chosen = (candidates[0].value,) if candidates and kept else (made,)
        otherwise = f"nothing in the org is called so; setup can make {_made_role(made, new=not kept)}"
        if candidates and not kept:
            otherwise = f"the org does not keep the other roles there; setup can make {_made_role(made, new=True)}"
        yield Proposal(
            subject=f"roles.{role.value}",
            question=f"Where is recorded who is {role.label}?",
            candidates=tuple(candidates[:MOST]),
            chosen=chosen,
            because=_because(candidates, chosen, otherwise) if kept else otherwise,
            several=True,
        )


def _made_role(made: str, *, new: bool) -> str:
    if "=" not in made:
        return f"the user lookup {made}"
    field, _, value = made.partition("=")
    if new:
        return f"{field}, a multi-select picklist of the account team in which one person can have several roles"
    return f'the value "{value}" of {field}'


def _role_candidates(role: Role, team: ObjectInfo | None, account: ObjectInfo | None) -> Iterator[Candidate]:
    phrases, ranked = PHRASES[f"roles.{role.value}"], []
    for info in _team_fields(team):
        for value in info.values:
            fit = rank(phrases, value)
            if fit is not None and team is not None:
                ranked.append((info.name == TEAM_ROLE, fit, value, _value(info, team, value, TEAM)))
    yield from (candidate for *_, candidate in sorted(ranked, key=lambda each: each[:3]))
    if account is not None:
        for info in _matching(f"roles.{role.value}", account, frozenset({"reference"}), own=True):
            if "User" in info.reference_to:
                yield _field_candidate(info, account, f"Account.{info.name}")


def _team_fields(team: ObjectInfo | None) -> Iterator[FieldInfo]:
    if team is None:
        return
    for info in team.fields.values():
        if info.name == TEAM_ROLE or (info.name.endswith("__c") and info.type == "multipicklist"):
            yield info


def _new_role(role: Role, found: Sequence[str], team: ObjectInfo | None) -> str:
    """Return what setup would make for a role: beside those of the other roles, where these are recorded already."""
    holder = next((value.partition("=")[0] for value in found), "")
    if holder.startswith(f"{TEAM}."):
        return f"{holder}={label_for(role)}"
    if holder or team is None:
        return f"Account.{label_for(role).replace(' ', '_')}__c"
    return f"{TEAM}.{NEW_TEAM_FIELD}={label_for(role)}"


# --- below: account plans ---


def is_plan_like(name: str, label: str) -> bool:
    """Return whether an object of the org's own is called as account plans are."""
    return name.endswith("__c") and _rank("plans", label, name) is not None


def _plans(objects: Mapping[str, ObjectInfo]) -> Iterator[Proposal]:
    places = [(candidate, found) for candidate, found in _plan_places(objects)]
    yield _proposal(
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
        fit = _rank("plans", found.label, found.name) if found.name.endswith("__c") else None
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
    matching = _matching(subject, found, DATES if dates else _TEXTS)
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
        _field_candidate(info, found, f"{found.name}.{info.name}")
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
    return _proposal(subject, question, ordered, _lacking(subject, chosen_object), made=made)


def _lacking(subject: str, found: ObjectInfo | None) -> str:
    where = found.label if found else "the org"
    if subject in NEW_NAMES:
        return f"nothing of {where} is called so; setup can make the field"
    return f"nothing of {where} is called so; it is left out"


# --- below: tasks ---


def _key(task: ObjectInfo | None) -> Proposal:
    """Return the proposal for the key field: one made for kam-sync, never another integration's external id."""
    candidates: list[Candidate] = []
    if task is not None:
        candidates = [
            _field_candidate(info, task)
            for info in _matching("tasks.key", task, frozenset({"string"}), own=True)
            if info.external_id and info.length >= KEY_LENGTH
        ]
    return _proposal(
        "tasks.key",
        "Which text field of tasks carries kam-sync's key?",
        candidates,
        "there is none yet; setup can make it. Without it kam-sync works in a weaker mode",
        made=(NEW_NAMES["tasks.key"],),
    )
