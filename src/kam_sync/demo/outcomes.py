"""What came of the things people did: read from the CRM and the books, and refused when it is not what was promised."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from kam_sync.demo.acts import OWN_WORDS, DemoError
from kam_sync.demo.board import Board
from kam_sync.demo.reading import readable
from kam_sync.demo.scenes import Act, Expectation, Outcome, Renewal
from kam_sync.lifecycle import DISMISSED_DAYS, LinkState, TaskLink
from kam_sync.local_crms import PersonsTask
from kam_sync.plans import OrgPlan
from kam_sync.rendering import closing_note


def outcome_of(act: Act, board: Board, plan: OrgPlan, now: dt.datetime) -> Outcome:
    """Return what came of an act; raises DemoError when that is not what is expected of it."""
    link = board.link(act.account, act.topic) if act.account else None
    key = act.task.key if act.task is not None else link.key if link is not None else None
    task = board.tasks().get(key) if key is not None else None
    match act.expectation:
        case Expectation.CLOSED:
            seen = _closed(task, link, now.date())
        case Expectation.SET_ASIDE:
            seen = _set_aside(task, link, now.date())
        case Expectation.KEPT:
            seen = _kept(act, task, link, board)
        case Expectation.FOUND:
            seen = _found(act, task, link, plan)
        case Expectation.HANDED_ON:
            seen = _handed_on(act, board)
    if seen is None:
        raise DemoError(f"{act.org}: {act.about}: {act.did}: not {act.expectation.value}")
    return Outcome(act=act, task=task, link=link, seen=seen)


def _closed(task: PersonsTask | None, link: TaskLink | None, today: dt.date) -> str | None:
    if task is None or task.open or link is None or link.state is not LinkState.CLOSED:
        return None
    notes = [line for line in readable(task.body) if line.startswith(closing_note("", today).rstrip())]
    return f"{task.raw_status}: “{notes[-1]}”" if notes else None


def _set_aside(task: PersonsTask | None, link: TaskLink | None, today: dt.date) -> str | None:
    until = today + dt.timedelta(days=DISMISSED_DAYS)
    is_away = task is None or task.deleted or not task.open
    if not is_away or link is None or link.state is not LinkState.DISMISSED or link.until != until:
        return None
    return f"no new one was made; it may return from {link.until} on"


def _kept(act: Act, task: PersonsTask | None, link: TaskLink | None, board: Board) -> str | None:
    if act.task is None or task is None or not task.open or link is None or link.state is not LinkState.LIVE:
        return None
    if task.subject == OWN_WORDS:
        return f"it still says “{task.subject}”"
    if task.owner != act.task.owner:
        return f"it is still {board.person(task.owner)}'s, and was {board.person(act.task.owner)}'s"
    return None


def _found(act: Act, task: PersonsTask | None, link: TaskLink | None, plan: OrgPlan) -> str | None:
    if link is not None and link.state is LinkState.LIVE and task is not None and task.open:
        return f"a new task “{task.subject}”, due {task.due_on}"
    cap = queued_behind(plan, act.about, act.topic)
    return f"queued: {cap}" if cap else None


def _handed_on(act: Act, board: Board) -> str | None:
    """Say who has the tasks of the person who left; None when an open one is still theirs."""
    tasks = board.tasks()
    now = [tasks[task.key] for task in act.theirs if task.key is not None]
    if any(task.open and not task.deleted and task.owner == act.person for task in now):
        return None
    heirs = Counter(board.person(task.owner) for task in now if task.owner != act.person)
    shares = ", ".join(f"{count} to {name}" for name, count in heirs.items())
    return f"of {len(act.theirs)} open tasks: {shares}" if act.theirs else "there was no open task to hand on"


def queued_behind(plan: OrgPlan, account_name: str, topic: str) -> str:
    """Return the cap behind which a task waits; empty when it does not wait."""
    waiting = ((queued.account_name, queued.topic, queued.cap) for queued in plan.queued)
    return next((cap for name, about, cap in waiting if (name, about) == (account_name, topic)), "")


def renewal_of(outcome: Outcome, board: Board, plan: OrgPlan) -> Renewal:
    """Return what became of a task that a person had set aside; raises DemoError unless it came back or waits."""
    act, former = outcome.act, outcome.link
    cap = queued_behind(plan, act.about, act.topic)
    if cap:
        return Renewal(former=act, seen=f"waits: {cap}")
    link = board.link(act.account, act.topic)
    task = board.tasks().get(link.key) if link is not None else None
    if former is None or link is None or task is None:
        raise DemoError(f"{act.org}: {act.about}: the task that was set aside is lost")
    follows = link.episode == former.episode + 1 and link.former_task_id == former.task_id
    if not (follows and link.state is LinkState.LIVE and task.open):
        raise DemoError(f"{act.org}: {act.about}: the task that was set aside neither came back nor waits for a slot")
    return Renewal(former=act, seen=f"a new task, episode {link.episode}, due {task.due_on}")
