"""The demo, scene by scene, told to somebody who sees kam-sync for the first time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kam_sync.cli.blocks import Block, Heading, Line, Table, Tone, counted, severity, table
from kam_sync.cli.views.accounts import LEVELS
from kam_sync.cli.views.results import applied, check_blocks, queue_blocks
from kam_sync.demo.reading import readable
from kam_sync.demo.scenes import (
    Acted,
    Ending,
    Expectation,
    Filed,
    Followed,
    Missing,
    Morning,
    Opening,
    Repeated,
    Returned,
    Scene,
)
from kam_sync.explaining import OrgFinding, Why
from kam_sync.job import RunResult
from kam_sync.local_crms import PersonsTask
from kam_sync.records import Role

FEW: Final = 5
"""Rows that are shown of what there is plenty of."""


def scene_blocks(number: int, scene: Scene, names: Mapping[str, str]) -> Iterator[Block]:
    """Show one scene.

    Args:
        number: Its number, from 0.
        scene: The scene.
        names: Rule code → name.
    """
    match scene:
        case Opening():
            yield from _opening(scene)
        case Missing():
            yield Heading(f"{number}. What is wrong? A dry run, which writes nothing")
            yield from _missing(scene, names)
        case Filed():
            yield Heading(f"{number}. The run that writes: one task per account and topic")
            yield from _filed(scene)
        case Repeated():
            yield Heading(f"{number}. The same run again at the same moment")
            yield from _repeated(scene)
        case Morning():
            yield Heading(f"{number}. The next morning, {_day(scene.now)}")
            yield from _morning(scene)
        case Acted():
            yield Heading(f"{number}. People work in their CRMs, in whatever way they like")
            yield from _acted(scene)
        case Followed():
            yield Heading(f"{number}. The run after that, {_day(scene.now)}")
            yield from _followed(scene)
        case Returned():
            yield Heading(f"{number}. {scene.days} days later, {_day(scene.now)}")
            yield from _returned(scene)
        case Ending():
            yield Heading("What there is now")
            yield from _ending(scene)


def _day(moment: dt.datetime) -> str:
    return f"{moment:%A %Y-%m-%d}"


def _opening(scene: Opening) -> Iterator[Block]:
    yield Line("kam-sync checks key accounts and keeps one truthful task per problem in the CRM itself.", Tone.STRONG)
    yield Line(f"{len(scene.intros)} local CRMs run on this machine now, filled with invented customers:")
    yield table(
        "org",
        "company",
        "URL",
        "people",
        "accounts",
        "key accounts",
        rows=[(i.org, i.name, i.url, str(i.people), str(i.accounts), str(i.key_accounts)) for i in scene.intros],
    )
    yield Line(f"The policy file that reads them: {scene.policy_path}")
    yield Line(f"On the clock of this play it is {_day(scene.now)}.")


def _missing(scene: Missing, names: Mapping[str, str]) -> Iterator[Block]:
    for org in scene.result.orgs:
        yield Line(f"{org.org}: {org.name}", Tone.STRONG)
        if org.check is not None:
            yield from check_blocks(org.check, names)
    yield Line(
        f"Checked by the demo: {scene.planted} gaps were planted, exactly these were found, and nothing was written.",
        Tone.GOOD,
    )
    for name, count in scene.later.items():
        yield Line(
            f"But for {counted(count, 'role')} at {name} that nobody plays: {name} does not tell since when somebody "
            "holds a role, so kam-sync gives everyone time from the day it first saw them in it."
        )
    yield Line()
    yield Line(f"{len(scene.examples)} findings in full", Tone.STRONG)
    for example in scene.examples:
        yield from _example(example)
    yield Line()
    yield Line("Who plays the six roles? named: assigned; active: did something there lately", Tone.STRONG)
    yield _coverage(scene.covered)


def _example(found: OrgFinding) -> Iterator[Block]:
    finding, problem = found.finding, found.finding.problem
    label = severity(finding.severity.label)
    yield Line()
    yield Line(f"{finding.code} {finding.name}, {label.text}: {found.account_name} ({found.org})", label.tone)
    yield Line(f"  {problem.title}")
    yield from (Line(f"  - {evidence.text}") for evidence in problem.evidence)
    yield Line(f"  Why it matters: {problem.why}")
    yield Line(f"  What to do: {problem.action}")
    yield Line(f"  Done when: {problem.done_when}")


def _coverage(covered: Sequence[Why]) -> Table:
    return table(
        "account",
        *(role.label for role in Role),
        rows=[(why.snapshot.account.name, *(LEVELS[role.level] for role in why.coverage)) for why in covered],
    )


def _filed(scene: Filed) -> Iterator[Block]:
    for org in scene.result.orgs:
        tasks = scene.tasks[org.org]
        if org.apply is not None:
            yield Line(f"{org.org}: {applied(org.apply)}", Tone.GOOD)
        yield Line(f"Some of the {len(tasks)} tasks as {org.org} holds them now, in its own words:")
        yield table(
            "task",
            "subject",
            "owner",
            "due",
            "status",
            "priority",
            rows=[
                (task.id, task.subject, scene.people[task.owner], str(task.due_on), task.raw_status, task.raw_priority)
                for task in tasks[:FEW]
            ],
        )
        if org.plan is not None:
            yield from queue_blocks(org.plan)
    yield Line()
    yield Line("The task that speaks of one of these findings, as its owner reads it", Tone.STRONG)
    yield from _whole(scene.whole, scene.people[scene.whole.owner])


def _whole(task: PersonsTask, owner: str) -> Iterator[Block]:
    yield Line(f"  Subject: {task.subject}")
    yield Line(f"  Owner: {owner} · Due: {task.due_on} · Status: {task.raw_status} · Priority: {task.raw_priority}")
    yield from (Line(f"  {line}") for line in readable(task.body))


def _repeated(scene: Repeated) -> Iterator[Block]:
    calls = sum(org.usage.requests for org in scene.result.orgs if org.usage is not None)
    yield Line(f"Nothing to do: 0 tasks written, checked task by task. It took {calls} API calls to know.", Tone.GOOD)


def _morning(scene: Morning) -> Iterator[Block]:
    yield Line("Nobody gets more than a few new tasks in 24 hours; what waited for that is made now.")
    yield from _waiting(scene.drained, scene.result)


def _waiting(drained: Sequence[tuple[str, str, str]], result: RunResult) -> Iterator[Block]:
    for org, account, topic in drained:
        yield Line(f"Out of the queue ({org}): {account}, {topic}", Tone.GOOD)
    for done in result.orgs:
        if done.plan is not None:
            yield from queue_blocks(done.plan)
    if not drained and not any(done.plan.queued for done in result.orgs if done.plan is not None):
        yield Line("Nothing waits.")


def _acted(scene: Acted) -> Iterator[Block]:
    yield table("org", "account", "what a person does", rows=[(act.org, act.about, act.did) for act in scene.acts])
    yield Line(f"Then {scene.days} days pass.")


_ANSWERS: Final[Mapping[Expectation, str]] = {
    Expectation.CLOSED: "Solved, so kam-sync closed the task and said why",
    Expectation.SET_ASIDE: "Put away while the problem stands: kam-sync takes that for a wish to be left alone",
    Expectation.KEPT: "Changed by a person: kam-sync left that as it is",
    Expectation.FOUND: "New gaps: kam-sync found them",
    Expectation.HANDED_ON: "Somebody left: no task stays with them",
}


def _followed(scene: Followed) -> Iterator[Block]:
    for expectation, words in _ANSWERS.items():
        yield Line(words, Tone.STRONG)
        rows = [
            (outcome.act.about, outcome.act.did, outcome.seen)
            for outcome in scene.outcomes
            if outcome.act.expectation is expectation
        ]
        who = "person" if expectation is Expectation.HANDED_ON else "account"
        yield table(who, "what was done", "what came of it", rows=rows)
    yield Line(f"{counted(len(scene.fresh), 'task')} are new in all, some because a colleague left:", Tone.STRONG)
    yield table("org", "subject", "due", rows=[(org, task.subject, str(task.due_on)) for org, task in scene.fresh])
    yield from _waiting(scene.drained, scene.result)
    yield from _counts(scene.result)


def _counts(result: RunResult) -> Iterator[Block]:
    for org in result.orgs:
        if org.plan is not None and org.apply is not None:
            counts = ", ".join(f"{count} {step}" for step, count in org.plan.counts.items())
            yield Line(f"{org.org}: {counts or 'nothing to do'}. {applied(org.apply)}", Tone.FAINT)


def _returned(scene: Returned) -> Iterator[Block]:
    yield Line("What was put away and still is not mended comes back, as a new task that names the former one:")
    rows = [(renewal.former.about, renewal.former.did, renewal.seen) for renewal in scene.renewals]
    yield table("account", "what was done", "what came of it", rows=rows)
    plans = [org.plan for org in scene.result.orgs if org.plan is not None]
    new = sum(plan.creations for plan in plans)
    yield Line(
        f"Nobody planned anything in that time, so next steps ran out all over. {new} tasks are new, for nobody more "
        "than the caps allow; the rest waits."
    )
    for plan in plans:
        yield from queue_blocks(plan)
    yield from _counts(scene.result)


def _ending(scene: Ending) -> Iterator[Block]:
    yield table(
        "org",
        "live tasks",
        "closed as solved",
        "API calls of all runs",
        rows=[(o, str(scene.live[o]), str(scene.closed[o]), str(scene.api_calls[o])) for o in scene.live],
    )
    yield Line(f"{scene.runs} runs, every claim above checked against the CRMs while it was made.", Tone.GOOD)
