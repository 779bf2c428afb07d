"""The family of what an account team does again and again: it meets, books the customer, reports, agrees benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.dates import add_days
from kam_sync.records import AccountSnapshot, Activity, ActivityStatus, Opportunity, Purpose, RecordKind
from kam_sync.rules_api import NOT_APPLICABLE, Evidence, Problem, RuleContext, RuleParams, RuleResult, Topic, rule
from kam_sync.severity import Severity
from kam_sync_rules import _routines_examples as examples
from kam_sync_rules._accounts import is_empty_or_before, is_younger
from kam_sync_rules._activities import happened, happened_on, has_owner, is_interaction, peoples_activities
from kam_sync_rules._inhibition import covering
from kam_sync_rules._relations import AGE_NAMES
from kam_sync_rules._team_meetings import TEAM_MEETING, team_meetings
from kam_sync_rules._text import quoted


class MissingTeamMeetingParams(RuleParams):
    """Parameters of `missing-team-meeting`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Within so many days the account team must have met."""


class EmptyAccountCalendarParams(RuleParams):
    """Parameters of `empty-account-calendar`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=0, le=3650)] = 45
    """Within so many days a meeting or call with the customer must be booked."""


class MissingProgressReportParams(RuleParams):
    """Parameters of `missing-progress-report`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    """Within so many days a progress report must have gone out."""


class MissingSuccessCriteriaParams(RuleParams):
    """Parameters of `missing-success-criteria`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Deals won within so many days are looked at."""


def _last(activities: Sequence[Activity], what: str) -> Evidence:
    """Point to the last of some activities that took place, by its own date, which stays the same every day."""
    if not activities:
        return Evidence(text=f"No {what} is recorded")
    last = activities[-1]
    return Evidence(text=f"Last {what}: {quoted(last.subject)} on {last.on}", record=(RecordKind.ACTIVITY, last.id))


@rule(
    code="KAM207",
    name="missing-team-meeting",
    catalogue_id="P07",
    topic=Topic.PLAN,
    needs=("activities", "activity.purposes", TEAM_MEETING),
    uses=("activity.attendee_ids", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=MissingTeamMeetingParams,
    examples=examples.missing_team_meeting,
)
def missing_team_meeting(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingTeamMeetingParams
) -> RuleResult:
    """Flags an account whose team of ours has not met for long.

    What it does:
        Looks for a meeting that took place within `days` (90) and whose purpose is a meeting of the account team; on
        exactly that day is still within. Where it is known who took part it counts only if at least two of our people
        did, its owner included; where it is not known the purpose is enough. Calls and tasks do not count, nor does a
        meeting that is planned only. On a key account younger than so many days the rule does not apply.

    Why it matters:
        Whose job is it, who has a progress report? Where the team does not meet for months nobody can tell
        (catalogue P07).

    Example:
        The account team last met on 2025-01-10: a problem from 2025-04-11 on.

    Fix:
        Hold the meeting of the account team and record it as such, with those who took part.
    """
    if is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    held = team_meetings(snapshot, context.today)
    last = happened_on(held[-1], context.today) if held else None
    if not is_empty_or_before(last, context.days_ago(params.days)):
        return ()
    return [
        Problem(
            title=f"The account team has not met since {last}" if last else "The account team has never met",
            evidence=(_last(held, "meeting of the account team"),),
            why="Where the team does not meet nobody can tell whose job is what, and how far it is.",
            action=f"Hold the account team meeting and mark it as one: {context.label(TEAM_MEETING)}.",
            done_when="A meeting of at least two of our people about this account took place and is marked as one of "
            "the account team.",
            covers=covering("KAM207", ("KAM106", "collaborator")),
        )
    ]


@rule(
    code="KAM213",
    name="empty-account-calendar",
    catalogue_id="P13",
    topic=Topic.RELATIONS,
    needs=("activities",),
    uses=("activity.purposes", TEAM_MEETING),
    severity=Severity.MEDIUM,
    params=EmptyAccountCalendarParams,
    examples=examples.empty_account_calendar,
)
def empty_account_calendar(
    snapshot: AccountSnapshot, context: RuleContext, params: EmptyAccountCalendarParams
) -> RuleResult:
    """Flags an account with which no meeting or call is booked.

    What it does:
        Looks for an open meeting or call with an owner who is not deactivated, dated from this day on up to `days` (45)
        ahead, both included. Tasks do not count, nor does what is known to be a meeting of our account team among
        itself; where purposes are not known every meeting counts. What kam-sync wrote itself never counts.

    Why it matters:
        A calendar of the account keeps communication going; where it is empty the next talk is the customer's to ask
        for (catalogue P13).

    Example:
        On 2025-06-16 the next meeting is on 2025-08-01: a problem; on 2025-06-17 no more.

    Fix:
        Book the next meeting or call with the customer.
    """
    knows_purpose = snapshot.knows("activity.purposes", TEAM_MEETING)
    talks = [
        activity
        for activity in peoples_activities(snapshot)
        if is_interaction(activity) and not (knows_purpose and Purpose.TEAM_MEETING in activity.purposes)
    ]
    until = add_days(context.today, params.days)
    ahead = [talk for talk in talks if talk.status is ActivityStatus.OPEN and talk.on and talk.on >= context.today]
    if any(talk.on is not None and talk.on <= until and has_owner(talk, snapshot) for talk in ahead):
        return ()
    ids = {talk.id for talk in talks}
    past = [activity for activity in happened(snapshot, context.today) if activity.id in ids]
    return [
        Problem(
            title="No meeting or call with the customer is booked",
            evidence=(
                *(
                    Evidence(
                        text=f"{talk.kind.capitalize()} {quoted(talk.subject)} on {talk.on} "
                        + ("is too far off" if has_owner(talk, snapshot) else "has no active owner"),
                        record=(RecordKind.ACTIVITY, talk.id),
                    )
                    for talk in ahead[:3]
                ),
                _last(past, "meeting or call"),
            ),
            why="Where the calendar is empty the next talk is the customer's to ask for, or a rival's.",
            action=f"Book the next meeting or call with the customer, within {params.days} days.",
            done_when="An open meeting or call with an owner lies ahead in the near future.",
        )
    ]


@rule(
    code="KAM214",
    name="missing-progress-report",
    catalogue_id="P14",
    topic=Topic.PLAN,
    needs=("account.progress_report_on",),
    uses=AGE_NAMES,
    severity=Severity.LOW,
    params=MissingProgressReportParams,
    examples=examples.missing_progress_report,
)
def missing_progress_report(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingProgressReportParams
) -> RuleResult:
    """Flags an account to which no progress report went out for long.

    What it does:
        Takes the date of the last progress report. None, or one more than `days` (90) ago, is a problem; exactly so
        many days is not. On a key account younger than so many days the rule does not apply.

    Why it matters:
        Who reports to the customer's people how far they have come is asked for the next step (catalogue P14).

    Example:
        The last progress report went out on 2025-01-10: a problem from 2025-04-11 on.

    Fix:
        Send the progress report and set its date in the field that the task names.
    """
    if is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    last = snapshot.account.progress_report_on
    if not is_empty_or_before(last, context.days_ago(params.days)):
        return ()
    said = f"The last progress report went out on {last}" if last else "No progress report ever went out"
    return [
        Problem(
            title=said,
            evidence=(
                Evidence(
                    text=f"Date of the last report: {last or 'none'}", record=(RecordKind.ACCOUNT, snapshot.account.id)
                ),
            ),
            why="Who tells the customer's people how far they have come is asked for the next step.",
            action=f"Send the progress report, then set {context.label('account.progress_report_on')}.",
            done_when="A progress report went out after that, and its date is set.",
        )
    ]


@rule(
    code="KAM216",
    name="missing-success-criteria",
    catalogue_id="P16",
    topic=Topic.PROCESS,
    needs=("opportunities", "opportunity.success_criteria"),
    severity=Severity.MEDIUM,
    params=MissingSuccessCriteriaParams,
    examples=examples.missing_success_criteria,
)
def missing_success_criteria(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingSuccessCriteriaParams
) -> RuleResult:
    """Flags each won deal for which neither scope nor success benchmarks are recorded.

    What it does:
        Looks at the deals won within `days` (365) by their close date; exactly so many days is still within. One
        without scope and success benchmarks is a problem, `opportunity:` followed by its id. A won deal without a close
        date is left aside.

    Why it matters:
        Benefits and benchmarks agreed in advance show later what was achieved; where the scope is unclear both sides
        remember something else (catalogue P16).

    Example:
        A deal was won on 2025-03-01 and nothing says what shall have been reached by it: a problem up to 2026-03-01.

    Fix:
        Agree scope and benchmarks with the customer and record them in the field that the task names.
    """
    since = context.days_ago(params.days)
    return [
        _without_criteria(deal, context)
        for deal in sorted(snapshot.opportunities, key=lambda deal: deal.id)
        if deal.is_won
        and not deal.is_open
        and not is_empty_or_before(deal.close_on, since)
        and deal.success_criteria is not True
    ]


def _without_criteria(deal: Opportunity, context: RuleContext) -> Problem:
    return Problem(
        key=f"opportunity:{deal.id}",
        title=f"The won deal {quoted(deal.name)} has neither scope nor success benchmarks",
        evidence=(Evidence(text=f"Won on {deal.close_on}", record=(RecordKind.OPPORTUNITY, deal.id)),),
        why="Without benchmarks agreed in advance nobody can show later what was achieved.",
        action=f"Agree scope and success benchmarks, then fill in {context.label('opportunity.success_criteria')}.",
        done_when="Scope and success benchmarks of the deal are recorded.",
    )
