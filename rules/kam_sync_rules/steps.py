"""The family of next steps: there is one, on the account and for each open deal, and none is left hanging."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.records import AccountSnapshot, Activity, ActivityKind, ActivityStatus, Opportunity, RecordKind, Role
from kam_sync.rules_api import Evidence, Problem, RuleContext, RuleParams, RuleResult, Topic, Unknown, rule
from kam_sync.severity import Severity
from kam_sync_rules import _steps_examples as examples
from kam_sync_rules._activities import happened_on, has_owner, is_next_step, peoples_activities
from kam_sync_rules._inhibition import covering
from kam_sync_rules._text import joined, person, quoted

MOST_EVIDENCE: Final = 5
"""So many of the tasks or deals at issue are named (design, section 6); the title gives their number."""


class MissingNextStepParams(RuleParams):
    """Parameters of `missing-next-step`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    """For so many days after its due date an open task still counts as a step; keep it equal to `days` of KAM204."""

    per_opportunity: bool = True
    """Whether each open deal needs a step of its own too."""


class BrokenNextStepParams(RuleParams):
    """Parameters of `broken-next-step`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=365)] = 7
    """A task overdue by more than so many days is left hanging; keep it equal to `grace_days` of KAM203."""


@rule(
    code="KAM203",
    name="missing-next-step",
    catalogue_id="P03",
    topic=Topic.NEXT_STEPS,
    needs=("activities",),
    uses=("opportunities",),
    severity=Severity.HIGH,
    params=MissingNextStepParams,
    examples=examples.missing_next_step,
)
def missing_next_step(snapshot: AccountSnapshot, context: RuleContext, params: MissingNextStepParams) -> RuleResult:
    """Flags an account without a next step, and an open deal without one of its own.

    What it does:
        A next step is an open task, meeting or call with a date from today on and an owner who is not deactivated; an
        open task counts for `grace_days` (7) after its due date too. What kam-sync wrote itself never counts. An
        account without any is a high problem. On an account that has one, each open deal needs a step of its own: an
        activity that names it, or a text in its next-step field while its close date has not passed; without it the
        deal is a medium problem (`per_opportunity: false` turns this off). As long as the whole account has no step,
        that one problem speaks for its deals. When the deals cannot be known, only the account is judged.

    Why it matters:
        What nobody has in the calendar does not happen; accounts without a next step are lost silently (catalogue P03).

    Example:
        The last meeting with a customer was on 2025-05-05, and no task or meeting is planned: one problem for the
        account, whatever its deals.

    Fix:
        Create a task or meeting that says what, who and when; for a deal, relate it to the deal or fill in the deal's
        next step.
    """
    activities = peoples_activities(snapshot)
    steps = [step for step in activities if is_next_step(step, snapshot, context.today, params.grace_days)]
    deals: Sequence[Opportunity] = ()
    result: list[Problem | Unknown] = []
    if params.per_opportunity and "opportunities" in snapshot.unknown:
        result.append(Unknown(key="opportunity:*", name="opportunities"))
    elif params.per_opportunity:
        deals = _deals_without_step(snapshot.opportunities, steps, context.today)
    if not steps:
        result.append(_account_without_step(activities, deals, context.today))
    return [*result, *(_deal_without_step(deal, activities, context.today) for deal in deals)]


def _deal_key(deal: Opportunity) -> str:
    return f"opportunity:{deal.id}"


def _deals_without_step(
    deals: Sequence[Opportunity], steps: Sequence[Activity], today: dt.date
) -> Sequence[Opportunity]:
    """Return the open deals that no step and no text provides for, the first to close first."""
    provided = {deal_id for step in steps for deal_id in step.opportunity_ids}
    lacking = [deal for deal in deals if deal.is_open and deal.id not in provided and not _text_counts(deal, today)]
    return sorted(lacking, key=lambda deal: (deal.close_on or dt.date.max, deal.id))


def _text_counts(deal: Opportunity, today: dt.date) -> bool:
    has_text = bool((deal.next_step or "").strip())
    return has_text and (deal.close_on is None or deal.close_on >= today)


def _account_without_step(activities: Sequence[Activity], deals: Sequence[Opportunity], today: dt.date) -> Problem:
    evidence = [_last_activity(activities, today, "this account")]
    evidence += [
        Evidence(text=f"The open deal {quoted(deal.name)} has no step either", record=(RecordKind.OPPORTUNITY, deal.id))
        for deal in deals[: MOST_EVIDENCE - 1]
    ]
    return Problem(
        title="The account has no next step",
        evidence=tuple(evidence),
        why="What nobody has in the calendar does not happen: accounts without a next step are lost silently.",
        action="Create a task or meeting on this account that says what, who and when.",
        done_when="An open task or meeting with an owner and a date that lies ahead is on the account.",
        covers=covering(
            "KAM203",
            ("KAM106", Role.PROJECT_MANAGER.value),
            ("KAM213", ""),
            *((code, _deal_key(deal)) for code in ("KAM203", "KAM706") for deal in deals),
        ),
    )


def _deal_without_step(deal: Opportunity, activities: Sequence[Activity], today: dt.date) -> Problem:
    evidence = [
        Evidence(text=f"Close date: {deal.close_on or 'none'}", record=(RecordKind.OPPORTUNITY, deal.id)),
    ]
    if (deal.next_step or "").strip():
        evidence.append(
            Evidence(text=f"Its next step {quoted(deal.next_step or '')} no longer counts: the close date has passed")
        )
    own = [activity for activity in activities if deal.id in activity.opportunity_ids]
    evidence.append(_last_activity(own, today, "this deal"))
    return Problem(
        key=_deal_key(deal),
        title=f"The open deal {quoted(deal.name)} has no next step",
        evidence=tuple(evidence),
        why="A deal without a next step drags on until the customer decides without us.",
        action="Create a task or meeting on this deal that says what, who and when, or fill in the deal's next step; "
        "if the deal is over, close it.",
        done_when="An open task or meeting with an owner and a date that lies ahead is on the deal, or its next step "
        "is filled in and its close date lies ahead, or it is closed.",
        severity=Severity.MEDIUM,
        covers=covering("KAM203", ("KAM706", _deal_key(deal))),
    )


def _last_activity(activities: Sequence[Activity], today: dt.date, where: str) -> Evidence:
    """Name what took place last by its own date, which stays the same whatever day it is."""
    past = [activity for activity in activities if happened_on(activity, today) is not None]
    if not past:
        return Evidence(text=f"No activity on {where} is recorded")
    last = past[-1]
    return Evidence(
        text=f"Last activity on {where}: {last.kind} {quoted(last.subject)} on {last.on}",
        record=(RecordKind.ACTIVITY, last.id),
    )


@rule(
    code="KAM204",
    name="broken-next-step",
    catalogue_id="P04",
    topic=Topic.NEXT_STEPS,
    needs=("activities",),
    severity=Severity.MEDIUM,
    params=BrokenNextStepParams,
    examples=examples.broken_next_step,
)
def broken_next_step(snapshot: AccountSnapshot, context: RuleContext, params: BrokenNextStepParams) -> RuleResult:
    """Flags open tasks of an account that are long overdue, have no owner or have no date.

    What it does:
        Looks at the open tasks that people recorded. One that is more than `days` (7) overdue, whose owner is missing
        or deactivated, or that has no due date is broken. All of them make one problem, which names the five oldest
        and says how many there are. Meetings and calls are never overdue: when their day has passed they took place.
        The problem stands for `missing-next-step` of the account, and of the deals that the broken tasks belong to:
        mending the step is what is to be done there.

    Why it matters:
        A list of dead tasks looks like work in progress, and nobody knows any more who should do what (catalogue P04).

    Example:
        The only open task of a customer was due on 2025-03-03. From 2025-03-11 on that is a problem, and the account
        is not reported for lacking a next step as well.

    Fix:
        Do each task, give it a new date or an owner, or drop it.
    """
    before = context.days_ago(params.days)
    broken = [task for task in peoples_activities(snapshot) if _is_broken(task, snapshot, before)]
    if not broken:
        return ()
    deal_ids = sorted({deal_id for task in broken for deal_id in task.opportunity_ids})
    return [
        Problem(
            title=_title(broken, snapshot, before),
            evidence=tuple(
                Evidence(text=_described(task, snapshot), record=(RecordKind.ACTIVITY, task.id))
                for task in broken[:MOST_EVIDENCE]
            ),
            why="Dead tasks look like work in progress, and nobody knows any more who should do what.",
            action="Do each of these tasks, give it a new date or an active owner, or drop it.",
            done_when="Every open task on the account has an active owner and a date, and none is long overdue.",
            covers=covering("KAM204", ("KAM203", ""), *(("KAM203", f"opportunity:{deal_id}") for deal_id in deal_ids)),
        )
    ]


def _is_overdue(task: Activity, before: dt.date) -> bool:
    return task.on is not None and task.on < before


def _is_broken(activity: Activity, snapshot: AccountSnapshot, before: dt.date) -> bool:
    is_open_task = activity.kind is ActivityKind.TASK and activity.status is ActivityStatus.OPEN
    sound = activity.on is not None and not _is_overdue(activity, before) and has_owner(activity, snapshot)
    return is_open_task and not sound


def _title(broken: Sequence[Activity], snapshot: AccountSnapshot, before: dt.date) -> str:
    defects = (
        ("is overdue", "are overdue", any(_is_overdue(task, before) for task in broken)),
        ("has no active owner", "have no active owner", not all(has_owner(task, snapshot) for task in broken)),
        ("has no date", "have no date", any(task.on is None for task in broken)),
    )
    if len(broken) == 1:
        return f"An open task {joined([one for one, _, present in defects if present])}"
    return f"{len(broken)} open tasks {joined([many for _, many, present in defects if present], word='or')}"


def _described(task: Activity, snapshot: AccountSnapshot) -> str:
    facts = [f"due on {task.on}" if task.on else "no date"]
    if not task.owner_id:
        facts.append("no owner")
    elif not has_owner(task, snapshot):
        owner = snapshot.users[task.owner_id]
        facts.append(f"owner {person(owner.name, owner.id)} is deactivated")
    return f"Task {quoted(task.subject)}: {joined(facts)}"
