"""What a run did, org by org: what was pulled, judged, planned, queued and written, and the calls it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kam_sync.applying import ApplyResult
from kam_sync.checking import CheckResult
from kam_sync.cli.blocks import Block, Heading, Line, Tone, counted, counted_kind, severity, table
from kam_sync.config import LoadedPolicy
from kam_sync.job import OrgResult, RunResult
from kam_sync.plans import OrgPlan
from kam_sync.ports import ApiUsage, SetupFinding
from kam_sync.severity import Severity


def rule_names(policy: LoadedPolicy) -> Mapping[str, str]:
    """Return the names of the selected rules by code."""
    return {configured.rule.code: configured.rule.name for configured in policy.rules}


def run_blocks(result: RunResult, names: Mapping[str, str], *, with_plan: bool = True) -> Iterator[Block]:
    """Show everything a run did in all orgs.

    Args:
        result: The run.
        names: Rule code → name.
        with_plan: Whether the plan is summed up, because it is not shown in full anyway.
    """
    for org in result.orgs:
        yield from org_blocks(org, names, with_plan=with_plan)


def org_blocks(org: OrgResult, names: Mapping[str, str], *, with_plan: bool) -> Iterator[Block]:
    """Show everything a run did in one org."""
    yield Heading(f"{org.org}: {org.name}" if org.name else org.org)
    if org.pull is not None:
        rows = ", ".join(counted_kind(count, kind.value) for kind, count in org.pull.rows.items())
        yield Line(f"Pulled: {rows}")
    if org.check is not None:
        yield from check_blocks(org.check, names)
    if org.plan is not None and with_plan:
        yield from plan_summary(org.plan)
    if org.apply is not None:
        yield Line(applied(org.apply), Tone.GOOD if org.apply.complete else Tone.WARNING)
    if org.usage is not None:
        yield Line(usage(org.usage), Tone.FAINT)


def check_blocks(check: CheckResult, names: Mapping[str, str]) -> Iterator[Block]:
    """Show the counts of a check and what should be set up."""
    found = sum(check.findings.values())
    silenced = f", {check.silenced} suppressed or covered by broader ones" if check.silenced else ""
    yield Line(f"Judged {counted(check.accounts, 'account')}: {counted(found, 'finding')}{silenced}", Tone.STRONG)
    ordered = sorted(check.findings.items(), key=lambda entry: (-Severity.parse(entry[0][1]), entry[0][0]))
    yield table(
        "severity",
        "rule",
        "name",
        "findings",
        rows=[(severity(label), code, names.get(code, ""), str(count)) for (code, label), count in ordered],
    )
    for code, count in sorted(check.unknown.items()):
        yield Line(f"{code} leaves something open on {counted(count, 'account')}: unknown is neither right nor wrong")
    yield from setup_blocks(check.setup)


def setup_blocks(setup: tuple[SetupFinding, ...]) -> Iterator[Block]:
    """Show what should be set up in an org."""
    if not setup:
        yield Line("Set-up: nothing is missing", Tone.FAINT)
        return
    yield Line(f"Set-up: {counted(len(setup), 'finding')}", Tone.WARNING)
    yield table(
        "what",
        "code",
        "problem",
        "fix",
        "stops writing",
        rows=[
            (found.subject, found.code, found.problem, found.fix, "yes" if found.blocks_apply else "")
            for found in setup
        ],
    )


def plan_summary(plan: OrgPlan) -> Iterator[Block]:
    """Show how many operations of each kind are planned, and what waits."""
    counts = ", ".join(f"{count} {step}" for step, count in plan.counts.items())
    yield Line(f"Plan: {counts or 'nothing to do'}", Tone.STRONG)
    yield from queue_blocks(plan)
    for refusal in plan.refusals:
        yield Line(f"Refused ({refusal.name}): {refusal.reason}", Tone.BAD)


def queue_blocks(plan: OrgPlan) -> Iterator[Block]:
    """Show the tasks that wait behind a cap."""
    if not plan.queued:
        return
    yield Line(f"Queued behind a cap: {counted(len(plan.queued), 'task')}", Tone.WARNING)
    yield table(
        "severity",
        "account",
        "topic",
        "cap",
        rows=[(severity(task.severity.label), task.account_name, task.topic, task.cap) for task in plan.queued],
    )


def applied(result: ApplyResult) -> str:
    """Say in one sentence what was written."""
    parts = [f"{counted(result.written, 'task')} written"]
    for count, words in (
        (result.recorded, "noted in our books only"),
        (result.settled, "settled from an earlier run"),
        (result.conflicts, "skipped because something changed since planning"),
        (result.rejected, "not taken by the CRM"),
        (result.lost, "that never arrived and will be planned again"),
        (result.unsettled, "of which the end is not known yet"),
    ):
        if count:
            parts.append(f"{count} {words}")
    return "Applied: " + ", ".join(parts)


def usage(used: ApiUsage) -> str:
    """Say how many API calls were made, by kind, and how the day's quota stands."""
    calls = ", ".join(f"{call} {count}" for call, count in used.by_call.items())
    quota = ""
    if used.quota_used is not None and used.quota_total is not None:
        quota = f"; the org has used {used.quota_used:,} of its {used.quota_total:,} calls of the day"
    return f"{counted(used.requests, 'API call')}{f' ({calls})' if calls else ''}{quota}"


def problem_lines(result: RunResult) -> Iterator[str]:
    """Yield what went wrong, for standard error."""
    for org in result.orgs:
        yield from (f"{org.org}: {problem}" for problem in org.problems)
