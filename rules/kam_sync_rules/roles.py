"""The family of the six account roles: each held by somebody, by somebody who is still here, and played.

Whether an org records roles at all is a set-up finding of the core (catalogue R08), not a rule on accounts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.records import AccountSnapshot, Activity, RecordKind, Role
from kam_sync.rules_api import Evidence, Problem, RuleContext, RuleParams, RuleResult, Topic, Unknown, rule
from kam_sync.severity import Severity
from kam_sync_rules import _roles_examples as examples
from kam_sync_rules._activities import happened_on, peoples_activities
from kam_sync_rules._holders import ROLE_NAMES, Holder, Standing, holders_of
from kam_sync_rules._inhibition import covering
from kam_sync_rules._text import joined, quoted

SYMPTOMS: Final[Mapping[Role, str]] = {
    Role.RESULTS_DRIVER: "Without a results driver nobody pushes the account to grow.",
    Role.RELATIONSHIP_LEAD: "Without a relationship lead people at the customer stay unknown to us, and competitors "
    "find the way open.",
    Role.INNOVATOR: "Without an innovator new offers take long to arrive, and the customer's executives are not "
    "engaged.",
    Role.COLLABORATOR: "Without a collaborator our own groups do not work together for the customer.",
    Role.TECHNICAL_EXPERT: "Without a technical expert the customer's technical people turn ideas down, often unseen.",
    Role.PROJECT_MANAGER: "Without a project manager nobody keeps the plan, its actions and its next steps together.",
}
"""What one sees at an account where a role is missing (catalogue, section 1)."""

CRITICAL_ON_TOP_TIER: Final = frozenset({Role.PROJECT_MANAGER, Role.RELATIONSHIP_LEAD})
"""The roles whose absence hurts a top-tier account most (catalogue R01)."""


class MissingRoleParams(RuleParams):
    """Parameters of `missing-role`; there are none."""


class InactiveRoleHolderParams(RuleParams):
    """Parameters of `inactive-role-holder`; there are none."""


class UnplayedRoleParams(RuleParams):
    """Parameters of `unplayed-role`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    """For more than so many days a holder may be without activity on the account."""


def _unknown_name(role: Role) -> str:
    return f"roles.{role}"


@rule(
    code="KAM101",
    name="missing-role",
    catalogue_id="R01",
    topic=Topic.ROLES,
    needs=("roles",),
    uses=(*ROLE_NAMES, "account.tier"),
    severity=Severity.HIGH,
    params=MissingRoleParams,
    examples=examples.missing_role,
)
def missing_role(snapshot: AccountSnapshot, context: RuleContext, params: MissingRoleParams) -> RuleResult:
    """Flags each of the six account roles that nobody holds.

    What it does:
        Looks for a holder of each role: results driver, relationship lead, innovator, collaborator, technical expert,
        project manager. One person may hold several roles and several people may share one. A deactivated user holds
        nothing. Somebody outside the CRM who is known by name holds the role. There is one problem per role; a missing
        project manager or relationship lead is critical on a top-tier account. A role that cannot be known, or whose
        only possible holder is not among the users that were pulled, is left open: unless a holder is certain.

    Why it matters:
        All six roles must be played to some extent, or the account stands still; it is the gaps that nobody sees
        (catalogue R01, after RAIN Group's six roles of strategic account management).

    Example:
        The account team of a customer names five people, none of them as innovator: one problem, `innovator`.

    Fix:
        Name who plays the role, in the field that the task names. It may be somebody who has another role already.
    """
    result: list[Problem | Unknown] = []
    for role in Role:
        holders = holders_of(snapshot, role)
        if any(holder.surely_holds for holder in holders):
            continue
        if _unknown_name(role) in snapshot.unknown or any(holder.may_hold for holder in holders):
            result.append(Unknown(key=role.value, name=_unknown_name(role)))
            continue
        critical = role in CRITICAL_ON_TOP_TIER and context.is_top_tier(snapshot)
        result.append(
            Problem(
                key=role.value,
                title=f"Nobody holds the role of {role.label}",
                evidence=tuple(
                    Evidence(
                        text=f"{holder.name} is still named ({_sources(holder)}) but deactivated",
                        record=(RecordKind.USER, holder.user_id),
                    )
                    for holder in holders
                ),
                why=SYMPTOMS[role],
                action=f"Name who plays this role in {context.label(_unknown_name(role))}. One person may hold several "
                "roles.",
                done_when=f"An active person is named as {role.label}.",
                severity=Severity.CRITICAL if critical else None,
                covers=covering("KAM101", ("KAM107", "*")) if role is Role.TECHNICAL_EXPERT else (),
            )
        )
    return result


@rule(
    code="KAM102",
    name="inactive-role-holder",
    catalogue_id="R02",
    topic=Topic.ROLES,
    needs=("roles",),
    uses=ROLE_NAMES,
    severity=Severity.HIGH,
    params=InactiveRoleHolderParams,
    examples=examples.inactive_role_holder,
)
def inactive_role_holder(
    snapshot: AccountSnapshot,
    context: RuleContext,
    params: InactiveRoleHolderParams,
) -> RuleResult:
    """Flags each deactivated user who is still named as the holder of a role.

    What it does:
        Reports every pair of role and deactivated holder. When nobody else holds the role, the problem is high and
        stands for `missing-role` of that role, which then stays silent. When somebody else holds it, or an unknown
        user might, the stale name is only a medium problem. Holders who are not among the users that were pulled, and
        roles that cannot be known, are left open.

    Why it matters:
        Who leaves takes the role along, yet the record still looks complete: the gap shows only when the customer
        calls (catalogue R02; its second half, a holder without activity, is `unplayed-role`).

    Example:
        The collaborator of a customer left the company; the account team still names that person as collaborator, and
        nobody else: one problem, `collaborator:` followed by the id of the user.

    Fix:
        Confirm a successor and replace the name in the field that the task names, or remove it where others hold the
        role.
    """
    result: list[Problem | Unknown] = []
    for role in Role:
        if _unknown_name(role) in snapshot.unknown:
            result.append(Unknown(key=f"{role}:*", name=_unknown_name(role)))
            continue
        holders = holders_of(snapshot, role)
        others = [holder for holder in holders if holder.may_hold]
        for holder in holders:
            if holder.standing is Standing.UNKNOWN:
                result.append(Unknown(key=holder.key, name=_unknown_name(role)))
            elif holder.standing is Standing.DEACTIVATED:
                result.append(_inactive(holder, others, context))
    return result


def _inactive(holder: Holder, others: Sequence[Holder], context: RuleContext) -> Problem:
    role = holder.role
    where = context.label(_unknown_name(role))
    evidence = [
        Evidence(text=f"{holder.name} is named in: {_sources(holder)}", record=(RecordKind.USER, holder.user_id))
    ]
    if others:
        names = joined([other.name for other in others])
        evidence.append(Evidence(text=f"Also named as {role.label}: {names}"))
        why = "The account looks better staffed than it is: who asks for this role may reach nobody."
        action = f"Remove {holder.name} from this role, or name a successor, in {where}."
        done_when = f"{holder.name} is no longer named as {role.label}."
    else:
        why = SYMPTOMS[role]
        action = f"Name who plays this role now, instead of {holder.name}, in {where}."
        done_when = f"An active person is named as {role.label} and {holder.name} is not."
    return Problem(
        key=holder.key,
        title=f"{holder.name} holds the role of {role.label} but is deactivated",
        evidence=tuple(evidence),
        why=why,
        action=action,
        done_when=done_when,
        severity=Severity.MEDIUM if others else None,
        covers=() if others else covering("KAM102", *_silenced_by_leaver(role)),
    )


def _silenced_by_leaver(role: Role) -> tuple[tuple[str, str], ...]:
    missing = ("KAM101", role.value)
    return (missing, ("KAM107", "*")) if role is Role.TECHNICAL_EXPERT else (missing,)


@rule(
    code="KAM103",
    name="unplayed-role",
    catalogue_id="R03",
    topic=Topic.ROLES,
    needs=("roles", "activities"),
    uses=ROLE_NAMES,
    severity=Severity.MEDIUM,
    params=UnplayedRoleParams,
    examples=examples.unplayed_role,
)
def unplayed_role(snapshot: AccountSnapshot, context: RuleContext, params: UnplayedRoleParams) -> RuleResult:
    """Flags each active holder of a role who has long done nothing on the account.

    What it does:
        Counts how long a holder has been silent: since the last own activity on the account, or since the assignment
        if that is later; an assignment whose date the CRM does not tell counts from when kam-sync first saw it. More
        than `days` of silence (90) is a problem; exactly so many is not. An activity is a task, meeting or call of
        that person that is done, or a meeting or call whose day has passed; an open task is none, nor is anything
        canceled or without a date. People known by name only cannot be judged and are not. A holder of whom it is not
        known since when, a holder who is not among the users that were pulled, and a role that cannot be known are
        left open.

    Why it matters:
        A role on paper is not a role played; it hides the gap that `missing-role` would show (catalogue R03).

    Example:
        Somebody was named as technical expert on 2025-01-15 and last met the customer on 2025-04-02; on 2025-07-02
        that is a problem, on 2025-07-01 not yet.

    Fix:
        Do something in that role on the account and record it, or hand the role on in the field that the task names.
    """
    result: list[Problem | Unknown] = []
    limit = context.days_ago(params.days)
    activities = peoples_activities(snapshot)
    for role in Role:
        if _unknown_name(role) in snapshot.unknown:
            result.append(Unknown(key=f"{role}:*", name=_unknown_name(role)))
            continue
        for holder in holders_of(snapshot, role):
            since = holder.since(snapshot)
            if holder.standing is Standing.UNKNOWN or (holder.standing is Standing.ACTIVE and since is None):
                result.append(Unknown(key=holder.key, name=_unknown_name(role)))
            elif holder.standing is Standing.ACTIVE and since is not None and since < limit:
                last = _last_of(holder, activities, context.today)
                if last is None or last[0] < limit:
                    result.append(_unplayed(holder, since, last, context))
    return result


def _last_of(holder: Holder, activities: Sequence[Activity], today: dt.date) -> tuple[dt.date, Activity] | None:
    own = [activity for activity in activities if activity.owner_id == holder.user_id]
    dated = [(date, activity) for activity in own if (date := happened_on(activity, today)) is not None]
    return max(dated, key=lambda pair: (pair[0], pair[1].id), default=None)


def _unplayed(holder: Holder, since: dt.date, last: tuple[dt.date, Activity] | None, context: RuleContext) -> Problem:
    role = holder.role
    told = any(assignment.since == since for assignment in holder.assignments)
    evidence = [
        Evidence(
            text=f"Holder of the role since {since}" if told else f"Seen in the role since {since}",
            record=(RecordKind.USER, holder.user_id),
        )
    ]
    if last is None:
        evidence.append(Evidence(text="No own activity on this account is recorded"))
    else:
        date, activity = last
        evidence.insert(
            0,
            Evidence(
                text=f"Last own activity: {activity.kind} {quoted(activity.subject)} on {date}",
                record=(RecordKind.ACTIVITY, activity.id),
            ),
        )
    silent_since = since if last is None else max(since, last[0])
    return Problem(
        key=holder.key,
        title=f"{holder.name} holds the role of {role.label} but has not been active here since {silent_since}",
        evidence=tuple(evidence),
        why=f"A role on paper is not played. {SYMPTOMS[role]}",
        action=f"Take a step as {role.label} and record it as a meeting, call or task on this account, or hand the "
        f"role on in {context.label(_unknown_name(role))}.",
        done_when=f"A meeting, call or completed task of {holder.name} is on this account, or somebody else holds the "
        "role.",
    )


def _sources(holder: Holder) -> str:
    return joined(sorted({assignment.source for assignment in holder.assignments}))
