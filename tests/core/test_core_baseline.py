"""The baseline drips what is wrong already; suppressions that silence nothing are told."""

from __future__ import annotations

import datetime as dt

import pytest

from core.conftest import MakeWorld
from core.core_builders import DAY, TODAY, UID, configured, finding, problem, scripted_rule
from core.core_mirror import FilledMirror, account, checking
from kam_sync import baselines, explaining, job
from kam_sync.engine import AccountOutcome, FindingState, OutcomeKind, RuleOutcome, Suppression
from kam_sync.errors import ConfigError
from kam_sync.judgements import Assignee, Judgement
from kam_sync.records import RecordKind, Role
from kam_sync.rules_api import NOT_APPLICABLE
from kam_sync.severity import Severity
from kam_sync.store import Store
from kam_sync.store.baseline import Baseline
from kam_sync.store.judging import StoredJudgements
from support_memory import World, healthy


def judged(account_id: str, severity: Severity, *, revenue: float = 0.0, owner: str = "bo") -> Judgement:
    found = finding(account=account_id, severity=severity)
    outcome = RuleOutcome(code=found.code, topic=found.topic, kind=OutcomeKind.FAILED, findings=(found,))
    return Judgement(
        account_id=account_id,
        account_name=account_id.title(),
        revenue=revenue,
        outcome=AccountOutcome(account_id=account_id, outcomes=(outcome,)),
        owner=Assignee(user_id=owner),
        project_manager=Assignee(user_id=owner),
    )


def weeks(*judgements: Judgement, per_week: int = 1) -> dict[str, int]:
    dates = baselines.release_dates(judgements, Severity.MEDIUM, per_week, TODAY)
    return {
        judgement.account_id: (dates[found.fingerprint] - TODAY).days // 7
        for judgement in judgements
        for found in judgement.outcome.findings
        if found.fingerprint in dates
    }


def test_the_worst_comes_first_then_the_greatest() -> None:
    found = weeks(
        judged("acme", Severity.MEDIUM, revenue=9.0),
        judged("beta", Severity.CRITICAL),
        judged("zeta", Severity.MEDIUM, revenue=10.0),
    )
    assert found == {"beta": 0, "zeta": 1, "acme": 2}


def test_everybody_has_an_own_pace() -> None:
    found = weeks(judged("acme", Severity.HIGH), judged("beta", Severity.HIGH, owner="ines"))
    assert found == {"acme": 0, "beta": 0}


def test_several_may_come_out_in_a_week() -> None:
    names = ["a", "b", "c", "d", "e"]
    assert list(weeks(*(judged(name, Severity.HIGH) for name in names), per_week=2).values()) == [0, 0, 1, 1, 2]


def test_what_would_be_no_task_is_not_in_the_baseline() -> None:
    assert weeks(judged("acme", Severity.LOW)) == {}


def test_what_is_covered_comes_out_last() -> None:
    broad, narrow = finding("a", severity=Severity.HIGH), finding("b", state=FindingState.INHIBITED)
    outcome = RuleOutcome(code="TST101", topic="roles", kind=OutcomeKind.FAILED, findings=(broad, narrow))
    other = judged("zeta", Severity.CRITICAL)
    both = Judgement(
        account_id="acme",
        account_name="Acme",
        outcome=AccountOutcome(account_id="acme", outcomes=(outcome,)),
        owner=Assignee(user_id="bo"),
        project_manager=Assignee(user_id="bo"),
    )
    dates = baselines.release_dates([both, other], Severity.MEDIUM, 1, TODAY)
    assert (dates[broad.fingerprint], dates[narrow.fingerprint]) == (TODAY + 7 * DAY, TODAY + 7 * DAY)


def test_what_the_baseline_holds_back_still_covers(mirror: FilledMirror) -> None:
    broad = configured(scripted_rule("TST102", [problem(covers=(("TST101", "*"),))]))
    narrow = configured(scripted_rule("TST101", [problem("k")]))
    checking(mirror.store, broad, narrow)
    before = StoredJudgements(mirror.store, UID).of("acme")
    assert before is not None
    (speaking,) = [f for f in before.outcome.findings if f.state is FindingState.ACTIVE]
    Baseline(mirror.store, UID).replace({speaking.fingerprint: TODAY + 7 * DAY})
    checking(mirror.store, broad, narrow)
    after = StoredJudgements(mirror.store, UID).of("acme")
    assert after is not None
    assert after.worthy == frozenset()
    assert [f.state for f in after.outcome.findings] == [FindingState.INHIBITED, FindingState.ACTIVE]


@pytest.fixture
def world(world_of: MakeWorld) -> World:
    """Three accounts without an innovator, checked but not written about."""
    made = world_of(healthy("acme"), healthy("beta"), healthy("zeta"))
    for name in ("acme", "beta", "zeta"):
        made.crm.clear_role(name, Role.INNOVATOR)
    made.run(apply=False)
    return made


def subjects(world: World) -> list[str]:
    return sorted(task.account for task in world.crm.tasks() if task.key and task.open)


def test_a_baseline_drips_into_tasks_week_by_week(world: World) -> None:
    (made,) = baselines.set_baseline(world.policy, world.store, world.settings, per_week=1)
    assert (made.findings, made.last_on) == (3, world.clock.now().date() + dt.timedelta(days=14))
    world.run()
    assert len(subjects(world)) == 1
    world.clock.advance(days=6)
    world.run()
    assert len(subjects(world)) == 1
    world.clock.advance(days=1)
    world.run()
    assert len(subjects(world)) == 2
    world.clock.advance(days=7)
    world.run()
    assert subjects(world) == ["acme", "beta", "zeta"]


def test_what_is_new_comes_at_once(world: World) -> None:
    baselines.set_baseline(world.policy, world.store, world.settings, per_week=1)
    world.run()
    waiting = next(name for name in ("acme", "beta", "zeta") if name not in subjects(world))
    world.crm.clear_role(waiting, Role.COLLABORATOR)
    world.run()
    assert waiting in subjects(world)


def test_what_waits_is_shown_with_its_day(world: World) -> None:
    baselines.set_baseline(world.policy, world.store, world.settings, per_week=1)
    (found,) = explaining.why(world.policy, world.store, world.settings, "zeta")
    (gap,) = found.judgement.outcome.findings
    assert gap.fingerprint in found.released
    assert [each.account_id for each in explaining.findings(world.policy, world.store, world.settings)] == [
        "acme",
        "beta",
        "zeta",
    ]


def test_what_was_solved_and_returns_is_new(world: World) -> None:
    baselines.set_baseline(world.policy, world.store, world.settings, per_week=1)
    world.run()
    waiting = max(name for name in ("acme", "beta", "zeta") if name not in subjects(world))
    world.crm.assign_role(waiting, Role.INNOVATOR, "bo")
    world.run()
    world.crm.clear_role(waiting, Role.INNOVATOR)
    world.run()
    assert waiting in subjects(world)


def test_a_baseline_can_be_done_away_with(world: World) -> None:
    baselines.set_baseline(world.policy, world.store, world.settings, per_week=1)
    assert baselines.clear_baseline(world.policy, world.store, world.settings) == ("main",)
    world.run()
    assert subjects(world) == ["acme", "beta", "zeta"]


def test_before_the_first_check_there_is_nothing_to_take(world_of: MakeWorld) -> None:
    fresh = world_of(healthy("acme"))
    with pytest.raises(ConfigError, match="main was not checked yet; run `kam-sync check` first"):
        baselines.set_baseline(fresh.policy, fresh.store, fresh.settings, per_week=1)
    job.pull(fresh.policy, fresh.store, fresh.settings)
    with pytest.raises(ConfigError, match="was not checked yet"):
        baselines.set_baseline(fresh.policy, fresh.store, fresh.settings, per_week=1)


def test_at_least_one_a_week(world: World) -> None:
    with pytest.raises(ConfigError, match="at least one topic a week"):
        baselines.set_baseline(world.policy, world.store, world.settings, per_week=0)


# -- suppressions -----------------------------------------------------------------------------------------------------


@pytest.fixture
def mirror(store: Store) -> FilledMirror:
    filled = FilledMirror(store)
    filled.pull(RecordKind.ACCOUNT, account("acme"), account("beta"))
    return filled


def told(mirror: FilledMirror, *suppressions: Suppression, answer: object = None) -> list[tuple[str, str]]:
    said = [problem("k")] if answer is None else answer
    rule = configured(scripted_rule("TST101", said, needs=("contacts",)))  # type: ignore[arg-type]  # an answer of a rule
    result = checking(mirror.store, rule, suppressions=suppressions)
    return [(found.code, found.subject) for found in result.setup]


def silent(**changes: object) -> Suppression:
    given = {"code": "TST101", "reason": "agreed", "place": "suppress[0]", **changes}
    return Suppression(**given)  # type: ignore[arg-type]  # the fields of a suppression


def test_a_suppression_that_silences_something_is_not_mentioned(mirror: FilledMirror) -> None:
    assert told(mirror, silent(), silent(account_id="beta", key="k", place="suppress[1]")) == []


@pytest.mark.parametrize("changes", [{"account_id": "zeta"}, {"key": "other"}, {"code": "TST102"}])
def test_a_suppression_that_silences_nothing_is_told(mirror: FilledMirror, changes: dict[str, object]) -> None:
    assert told(mirror, silent(**changes)) == [("KAM901", "suppress[0]")]


def test_a_suppression_of_a_solved_problem_is_told(mirror: FilledMirror) -> None:
    assert told(mirror, silent(), answer=()) == [("KAM901", "suppress[0]")]
    assert told(mirror, silent(), answer=NOT_APPLICABLE) == [("KAM901", "suppress[0]")]


def test_a_suppression_whose_day_has_passed_is_told(mirror: FilledMirror) -> None:
    assert told(mirror, silent(until=TODAY - DAY)) == [("KAM902", "suppress[0]")]
    assert told(mirror, silent(until=TODAY)) == []


def test_a_suppression_of_what_cannot_be_judged_may_be_needed(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, problem="it was not answered")
    assert told(mirror, silent(), silent(account_id="acme", place="suppress[1]")) == []


def test_a_suppression_that_holds_for_other_orgs_too_is_not_judged_here(mirror: FilledMirror) -> None:
    assert told(mirror, silent(account_id="zeta", here_only=False)) == []


def test_the_books_of_a_baseline_are_kept_by_org(store: Store) -> None:
    Baseline(store, "one").replace({"f": TODAY})
    Baseline(store, "two").replace({"f": TODAY + DAY, "g": TODAY})
    Baseline(store, "one").replace({"h": TODAY})
    assert (Baseline(store, "one").dates(), Baseline(store, "two").dates()) == (
        {"h": TODAY},
        {"f": TODAY + DAY, "g": TODAY},
    )
    assert StoredJudgements(store, UID).portfolio() is None
