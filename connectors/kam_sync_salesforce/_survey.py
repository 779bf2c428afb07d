"""Proposes what an org's section of the policy should say, by what its fields, objects and values are called.

Pure: described objects go in, proposals come out. A proposal is a guess that a person agrees to, so it prefers to say
nothing over saying something doubtful; where rules cannot do without, it proposes what setup would make.

How candidates are written: a field of Account or Contact by its name (`Tier__c`), anything else with its object
(`AccountPlan.Last_Review__c`), and a value of a picklist after an equals sign (`Segment__c=Strategic`,
`AccountTeamMember.TeamMemberRole=Innovator`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kam_sync.config.document import ENVIRONMENT
from kam_sync.names import NAMES
from kam_sync.records import Role
from kam_sync.setup_ports import Candidate, Proposal
from kam_sync_salesforce._fields import NUMBERS
from kam_sync_salesforce._roles import TEAM
from kam_sync_salesforce._schema import FieldInfo, ObjectInfo
from kam_sync_salesforce._survey_fields import (
    FIXED,
    MOST,
    NEW_NAMES,
    TYPES,
    OrgCandidate,
    because_of,
    field_candidate,
    matching_fields,
    proposal_of,
)
from kam_sync_salesforce._survey_plans import plan_proposals
from kam_sync_salesforce._survey_words import EXCLUDED, PHRASES, YES, choices_of, rank
from kam_sync_salesforce._task_fields import KEY_LENGTH

TEAM_ROLE: Final = "TeamMemberRole"
_PICKLISTS: Final = frozenset({"picklist", "multipicklist"})
_LEAST_ROLES: Final = 2
"""So many roles must be found for an org to be taken to keep the six roles there."""
NEW_TEAM_FIELD: Final = "Account_Roles__c"
"""The multi-select picklist that setup would make on the account team, so that one person can hold several roles."""


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
    proposals += plan_proposals(objects)
    proposals.append(_key(objects.get("task")))
    return tuple(proposals)


# --- below: accounts and contacts ---


def _scope(account: ObjectInfo) -> Proposal:
    candidates: list[Candidate] = [
        field_candidate(info, account)
        for info in matching_fields("scope", account, frozenset({"boolean"}))
        if info.filterable
    ]
    for info in matching_fields("scope", account, _PICKLISTS):
        candidates += [_value(info, account, value) for value in info.values if value.casefold() in YES]
    for info in account.fields.values():
        if info.type in _PICKLISTS and info.filterable and info.name.lower() not in FIXED:
            candidates += [_value(info, account, value) for value in info.values if _is_scope(value)]
    unique = {each.value: each for each in candidates if not ENVIRONMENT.search(each.value)}
    return proposal_of(
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
        detail=f"value of the {TYPES.get(info.type, info.type)} field {info.title} of {found.label}",
    )


def _tier(account: ObjectInfo) -> Proposal:
    matching = matching_fields("account.tier", account, _PICKLISTS | {"string"}, own=True)
    return proposal_of(
        "account.tier",
        "Which field holds an account's tier?",
        [field_candidate(info, account) for info in matching],
        "nothing in the org is called so; without tiers, top accounts are treated as all others",
    )


def _revenue(account: ObjectInfo) -> Proposal:
    matching = matching_fields("account.revenue", account, NUMBERS)
    native = sorted(matching, key=lambda info: info.name != "AnnualRevenue")
    return proposal_of(
        "account.revenue",
        "Which field holds the size of a customer? It orders the queue of tasks.",
        [field_candidate(info, account) for info in native],
        "no readable number field is called so; tasks are then not ordered by size",
    )


def _chosen(contact: ObjectInfo, canonical: str) -> Proposal:
    """Return the proposal for a field whose values must be understood as well."""
    candidates: list[Candidate] = []
    for info in matching_fields(canonical, contact, _PICKLISTS, own=True):
        values = [value for value in info.values if not ENVIRONMENT.search(value)]
        choices = choices_of(canonical, values)
        if choices:
            candidates.append(field_candidate(info, contact, choices=choices))
    what = NAMES[canonical].words
    return proposal_of(
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
            because=because_of(candidates, chosen, otherwise) if kept else otherwise,
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
        for info in matching_fields(f"roles.{role.value}", account, frozenset({"reference"}), own=True):
            if "User" in info.reference_to:
                yield field_candidate(info, account, f"Account.{info.name}")


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


# --- below: tasks ---


def _key(task: ObjectInfo | None) -> Proposal:
    """Return the proposal for the key field: one made for kam-sync, never another integration's external id."""
    candidates: list[Candidate] = []
    if task is not None:
        candidates = [
            field_candidate(info, task)
            for info in matching_fields("tasks.key", task, frozenset({"string"}), own=True)
            if info.external_id and info.length >= KEY_LENGTH
        ]
    return proposal_of(
        "tasks.key",
        "Which text field of tasks carries kam-sync's key?",
        candidates,
        "there is none yet; setup can make it. Without it kam-sync works in a weaker mode",
        made=(NEW_NAMES["tasks.key"],),
    )
