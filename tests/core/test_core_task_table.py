"""The state tables themselves: complete, and in the rows that matter written out again from the design."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product

import pytest

from core.core_builders import DAY, TODAY, UID
from kam_sync.identity import task_key
from kam_sync.lifecycle import (
    CLOSING,
    CREATING,
    DISMISSED_DAYS,
    FIELD_TABLE,
    MOST_DISMISSALS,
    OPENING,
    REOPEN_DAYS,
    TASK_TABLE,
    LinkedFinding,
    LinkState,
    Seen,
    Step,
    TaskField,
    TaskLink,
    Verdict,
    field_values,
    is_over,
    our_fields,
    seen_as,
    writable_fields,
)
from kam_sync.ports import Priority, Section, TaskState, TaskStatus
from kam_sync.severity import Severity

WRITING = {Step.CREATE, Step.RENEW, Step.REOPEN, Step.UPDATE, Step.TAKE_BACK, Step.CLOSE, Step.WITHDRAW, Step.MERGE}

FAILING: dict[str, dict[str, tuple[str, str]]] = {
    # state: how the CRM shows the task → (step while the state's waiting lasts, step when it is over)
    "none": {"unseen": ("create", "wait")},
    "live": {
        "open": ("update", "update"),
        "closed": ("dismiss", "dismiss"),
        "deferred": ("dismiss", "dismiss"),
        "deleted": ("dismiss", "dismiss"),
        "unseen": ("wait", "wait"),
    },
    "dismissed": {
        "open": ("take back", "take back"),
        "closed": ("wait", "renew"),
        "deferred": ("wait", "reopen"),
        "deleted": ("wait", "renew"),
        "unseen": ("wait", "wait"),
    },
    "exhausted": {
        "open": ("take back", "take back"),
        "closed": ("wait", "wait"),
        "deferred": ("wait", "wait"),
        "deleted": ("wait", "wait"),
        "unseen": ("wait", "wait"),
    },
    "closed": {
        "open": ("take back", "take back"),
        "closed": ("reopen", "renew"),
        "deferred": ("reopen", "reopen"),
        "deleted": ("renew", "renew"),
        "unseen": ("wait", "renew"),
    },
    "withdrawn": {
        "open": ("take back", "take back"),
        "closed": ("reopen", "renew"),
        "deferred": ("reopen", "reopen"),
        "deleted": ("renew", "renew"),
        "unseen": ("wait", "renew"),
    },
    "ended": dict.fromkeys(("open", "closed", "deferred", "deleted", "unseen"), ("wait", "wait")),
}


def test_the_table_has_a_step_for_every_situation() -> None:
    assert set(TASK_TABLE) == set(product(LinkState, Verdict, Seen, (False, True)))


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize(("state", "seen"), [(state, seen) for state, row in FAILING.items() for seen in row])
def test_what_is_done_while_something_fails(state: str, seen: str, over: bool) -> None:
    step = TASK_TABLE[LinkState(state), Verdict.FAILING, Seen(seen), over]
    assert step.value == FAILING[state][seen][over]


@pytest.mark.parametrize("over", [False, True])
@pytest.mark.parametrize("seen", [seen for seen in Seen if seen is not Seen.UNSEEN])
def test_a_task_that_does_not_exist_is_not_seen(seen: Seen, over: bool) -> None:
    assert TASK_TABLE[LinkState.NONE, Verdict.FAILING, seen, over] is Step.WAIT


@pytest.mark.parametrize("state", [LinkState.LIVE, LinkState.DISMISSED, LinkState.EXHAUSTED])
@pytest.mark.parametrize(
    ("verdict", "seen", "step"),
    [
        (Verdict.SOLVED, Seen.OPEN, Step.CLOSE),
        (Verdict.SOLVED, Seen.DEFERRED, Step.CLOSE),
        (Verdict.SOLVED, Seen.CLOSED, Step.SOLVE),
        (Verdict.SOLVED, Seen.DELETED, Step.SOLVE),
        (Verdict.SOLVED, Seen.UNSEEN, Step.WAIT),
        (Verdict.GONE, Seen.OPEN, Step.WITHDRAW),
        (Verdict.GONE, Seen.DEFERRED, Step.WITHDRAW),
        (Verdict.GONE, Seen.CLOSED, Step.LEAVE),
        (Verdict.GONE, Seen.DELETED, Step.LEAVE),
        (Verdict.GONE, Seen.UNSEEN, Step.WAIT),
    ],
)
def test_what_is_done_when_nothing_fails(state: LinkState, verdict: Verdict, seen: Seen, step: Step) -> None:
    assert {TASK_TABLE[state, verdict, seen, over] for over in (False, True)} == {step}


@pytest.mark.parametrize("situation", [given for given in TASK_TABLE if given[1] is Verdict.UNKNOWN], ids=str)
def test_unknown_never_moves_anything(situation: tuple[LinkState, Verdict, Seen, bool]) -> None:
    assert TASK_TABLE[situation] is Step.WAIT


@pytest.mark.parametrize("situation", [given for given in TASK_TABLE if given[2] is Seen.UNSEEN], ids=str)
def test_a_task_that_was_not_seen_is_never_written(situation: tuple[LinkState, Verdict, Seen, bool]) -> None:
    assert TASK_TABLE[situation] not in WRITING - CREATING


@pytest.mark.parametrize("state", [LinkState.CLOSED, LinkState.WITHDRAWN, LinkState.ENDED, LinkState.NONE])
def test_what_is_put_away_stays_so_while_nothing_fails(state: LinkState) -> None:
    steps = {TASK_TABLE[state, v, s, o] for v, s, o in product((Verdict.SOLVED, Verdict.GONE), Seen, (False, True))}
    assert steps == {Step.WAIT}


def test_an_ended_episode_is_never_touched_again() -> None:
    assert {step for situation, step in TASK_TABLE.items() if situation[0] is LinkState.ENDED} == {Step.WAIT}


def test_the_groups_of_steps_are_what_they_say() -> None:
    assert {step.value for step in OPENING} == {"create", "renew", "reopen"}
    assert {step.value for step in CREATING} == {"create", "renew"}
    assert {step.value for step in CLOSING} == {"close", "withdraw", "merge"}


def test_the_days_are_those_of_the_design() -> None:
    assert (DISMISSED_DAYS, REOPEN_DAYS, MOST_DISMISSALS) == (30, 14, 3)


# -- whose field it is ------------------------------------------------------------------------------------------------


def test_only_a_field_that_is_ours_and_wanted_otherwise_is_written() -> None:
    assert {situation for situation, write in FIELD_TABLE.items() if write} == {(True, True)}
    assert set(FIELD_TABLE) == set(product((True, False), repeat=2))


TASK = TaskState(
    id="t1",
    key=None,
    subject="Acme: roles",
    body="text",
    owner_id=None,
    due_on=TODAY,
    priority=None,
    status=TaskStatus.OPEN,
)
LINK = TaskLink(
    org_uid=UID,
    account_id="acme",
    topic="roles",
    key=task_key(UID, "acme", "roles", 1),
    state=LinkState.LIVE,
    episode=1,
    wanted=dict.fromkeys(TaskField, "wanted"),
    written=dict(field_values(TASK)),
)


def test_fields_are_compared_as_plain_text() -> None:
    assert field_values(TASK) == {
        TaskField.SUBJECT: "Acme: roles",
        TaskField.BODY: "text",
        TaskField.OWNER: "",
        TaskField.DUE: "2026-03-02",
        TaskField.PRIORITY: "",
    }
    assert field_values(replace(TASK, due_on=None, priority=Priority.HIGH))[TaskField.DUE] == ""


@pytest.mark.parametrize(
    ("name", "now"),
    [
        (TaskField.SUBJECT, replace(TASK, subject="mine")),
        (TaskField.BODY, replace(TASK, body="mine")),
        (TaskField.OWNER, replace(TASK, owner_id="bo")),
        (TaskField.DUE, replace(TASK, due_on=None)),
        (TaskField.PRIORITY, replace(TASK, priority=Priority.LOW)),
    ],
)
def test_what_a_person_changed_is_the_persons(name: TaskField, now: TaskState) -> None:
    assert our_fields(LINK, now) == frozenset(TaskField) - {name}
    wishes = dict.fromkeys(TaskField, "another wish")
    assert writable_fields(LINK, now, wishes) == frozenset(TaskField) - {name}


def test_a_field_changed_back_is_ours_again() -> None:
    assert our_fields(LINK, TASK) == frozenset(TaskField)


def test_a_field_that_was_never_written_is_a_persons() -> None:
    link = replace(LINK, written={})
    assert writable_fields(link, TASK, dict.fromkeys(TaskField, "a wish")) == frozenset()


def test_an_unchanged_wish_writes_nothing() -> None:
    assert writable_fields(LINK, TASK, dict.fromkeys(TaskField, "wanted")) == frozenset()


def test_a_field_without_a_wish_is_not_written() -> None:
    assert writable_fields(LINK, TASK, {TaskField.BODY: "another wish"}) == {TaskField.BODY}


# -- how a task is seen, and when waiting is over ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("observed", "seen"),
    [
        (None, Seen.UNSEEN),
        (TASK, Seen.OPEN),
        (replace(TASK, status=TaskStatus.CLOSED), Seen.CLOSED),
        (replace(TASK, status=TaskStatus.DEFERRED), Seen.DEFERRED),
        (replace(TASK, deleted=True), Seen.DELETED),
        (replace(TASK, deleted=True, status=TaskStatus.CLOSED), Seen.DELETED),
    ],
)
def test_how_a_task_is_seen(observed: TaskState | None, seen: Seen) -> None:
    assert seen_as(LINK, observed) is seen


def test_a_deletion_once_seen_stays_seen_until_the_task_is_there_again() -> None:
    link = replace(LINK, state=LinkState.DISMISSED, dismissed_as=Seen.DELETED)
    assert seen_as(link, None) is Seen.DELETED
    assert seen_as(link, TASK) is Seen.OPEN
    assert seen_as(replace(link, dismissed_as=Seen.CLOSED), None) is Seen.UNSEEN


def gap(key: str, severity: Severity = Severity.HIGH, code: str = "TST101") -> LinkedFinding:
    return LinkedFinding(code=code, key=key, severity=severity, section=Section(heading="Gap", lines=()))


PUT_AWAY = replace(
    LINK, state=LinkState.DISMISSED, dismissed=(gap("innovator"), gap("collaborator")), until=TODAY + 30 * DAY
)


@pytest.mark.parametrize(
    ("failing", "over"),
    [
        ((gap("innovator"),), False),
        ((gap("innovator"), gap("collaborator")), False),
        ((gap("innovator", Severity.MEDIUM),), False),
        ((gap("innovator", Severity.CRITICAL),), True),
        ((gap("technical_expert", Severity.INFO),), True),
        ((gap("innovator", code="TST102"),), True),
        ((), False),
    ],
)
def test_a_dismissal_ends_early_by_what_is_new_or_worse(failing: tuple[LinkedFinding, ...], over: bool) -> None:
    assert is_over(PUT_AWAY, failing, TODAY) is over


@pytest.mark.parametrize(("days", "over"), [(0, False), (29, False), (30, True), (31, True)])
def test_a_dismissal_ends_on_its_day(days: int, over: bool) -> None:
    assert is_over(PUT_AWAY, (gap("innovator"),), TODAY + days * DAY) is over


@pytest.mark.parametrize("state", [LinkState.CLOSED, LinkState.WITHDRAWN])
@pytest.mark.parametrize(("days", "over"), [(0, False), (14, False), (15, True)])
def test_a_closed_task_can_be_reopened_through_the_fourteenth_day(state: LinkState, days: int, over: bool) -> None:
    link = replace(LINK, state=state, closed_on=TODAY)
    assert is_over(link, (gap("innovator"),), TODAY + days * DAY) is over


@pytest.mark.parametrize("state", [LinkState.LIVE, LinkState.EXHAUSTED, LinkState.ENDED])
def test_other_states_wait_for_no_day(state: LinkState) -> None:
    assert not is_over(replace(PUT_AWAY, state=state), (gap("new"),), dt.date(2099, 1, 1))


@pytest.mark.parametrize("key", ["k1abc", "k1abc-0", "k1abc-x"])
def test_a_link_needs_a_key_with_an_episode(key: str) -> None:
    with pytest.raises(ValueError, match=r"no episode|invalid literal"):
        replace(LINK, key=key)
