"""Why an account has the tasks it has: role coverage, what was pulled, every rule's answer, every task."""

from __future__ import annotations

from collections.abc import Iterator

from kam_sync.cli.blocks import Block, Heading, Line, Tone, counted, severity, table
from kam_sync.engine import FindingState, RuleOutcome
from kam_sync.explaining import Why
from kam_sync.lifecycle import TaskLink
from kam_sync.records import AccountSnapshot
from kam_sync.roles import RoleCoverage, RoleLevel

LEVELS = {
    None: Line("unknown", Tone.FAINT),
    RoleLevel.ABSENT: Line("absent", Tone.BAD),
    RoleLevel.NAMED: Line("named", Tone.WARNING),
    RoleLevel.ACTIVE: Line("active", Tone.GOOD),
    RoleLevel.EVIDENCED: Line("evidenced", Tone.GOOD),
}
"""How far a role is played, as shown."""


def why_blocks(why: Why) -> Iterator[Block]:
    """Show everything known about one account."""
    account = why.snapshot.account
    yield Heading(f"{account.name} ({why.org}, {account.id})")
    yield Line(_facts(why.snapshot))
    yield Line(_pulled(why.snapshot), Tone.FAINT)
    yield Line("The six roles", Tone.STRONG)
    yield table("role", "level", "held by", rows=[_role(role) for role in why.coverage])
    yield Line("The rules", Tone.STRONG)
    outcomes = why.judgement.outcome.outcomes
    yield table("rule", "answer", "because", rows=[(o.code, o.kind.value, _because(o)) for o in outcomes])
    yield from _findings(why)
    yield Line("The tasks", Tone.STRONG)
    yield table("topic", "state", "episode", "task", "speaks of", "dates", rows=[_task(link) for link in why.links])
    if not why.links:
        yield Line("There was never a task.", Tone.FAINT)
    for queued in why.queued:
        yield Line(f"Waits as of the last plan: {queued.topic}: {queued.cap}", Tone.WARNING)


def _facts(snapshot: AccountSnapshot) -> str:
    account = snapshot.account
    owner = snapshot.users.get(account.owner_id or "")
    known = {
        "owner": owner.name if owner else account.owner_id or "nobody",
        "tier": account.tier,
        "revenue": f"{account.revenue:,.0f}" if account.revenue is not None else None,
        "created": account.created_on.isoformat() if account.created_on else None,
    }
    return " · ".join(f"{name} {value}" for name, value in known.items() if value is not None)


def _pulled(snapshot: AccountSnapshot) -> str:
    counts = {
        "contacts": counted(len(snapshot.known_contacts), "contact"),
        "opportunities": counted(len(snapshot.known_opportunities), "opportunity"),
        "activities": counted(len(snapshot.known_activities), "activity"),
        "plans": counted(len(snapshot.known_plans), "plan"),
        "goals": counted(len(snapshot.known_goals), "goal"),
        "actions": counted(len(snapshot.known_actions), "action"),
        "feedback": counted(len(snapshot.known_feedback), "grade"),
        "quotes": counted(len(snapshot.known_quotes), "quote"),
        "cases": counted(len(snapshot.known_cases), "case"),
        "contracts": counted(len(snapshot.known_contracts), "contract"),
        "owner_changes": counted(len(snapshot.known_owner_changes), "change of owner", "changes of owner"),
    }
    known = ", ".join(words for relation, words in counts.items() if relation not in snapshot.unknown)
    names = sorted(snapshot.unknown.intersection({*counts, "roles"}))
    unknown = f"; unknown: {', '.join(names)}" if names else ""
    return f"pulled: {known}{unknown}"


def _role(role: RoleCoverage) -> tuple[str, Line, str]:
    return role.role.label, LEVELS[role.level], ", ".join(role.holders)


def _because(outcome: RuleOutcome) -> str:
    parts = [outcome.error] if outcome.error else []
    parts += [counted(len(outcome.findings), "finding")] if outcome.findings else []
    unknown = ", ".join(sorted({part.name for part in outcome.unknown}))
    return "; ".join([*parts, f"unknown: {unknown}"] if unknown else parts)


def _findings(why: Why) -> Iterator[Block]:
    for finding in why.judgement.outcome.findings:
        since = why.judgement.since[finding.fingerprint]
        silent = "" if finding.state is FindingState.ACTIVE else f" [{finding.state.value}: {finding.reason}]"
        if finding.fingerprint in why.released:
            silent += f" [baseline: tasks may speak of it from {why.released[finding.fingerprint]}]"
        label = severity(finding.severity.label)
        yield Line(f"{finding.code} {label.text}: {finding.problem.title} (since {since}){silent}", label.tone)
        yield from (Line(f"  - {evidence.text}") for evidence in finding.problem.evidence)
        yield Line(f"  What to do: {finding.problem.action}")


def _task(link: TaskLink) -> tuple[str, str, str, str, str, str]:
    dates = {
        "made": link.created_at.date() if link.created_at else None,
        "dismissed until": link.until,
        "closed": link.closed_on,
    }
    return (
        link.topic,
        link.state.value,
        str(link.episode),
        link.task_id,
        ", ".join(dict.fromkeys(finding.code for finding in link.findings)),
        ", ".join(f"{name} {day}" for name, day in dates.items() if day is not None),
    )
