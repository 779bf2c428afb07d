"""Since when a finding has been failing, and what became of it: kept while unknown, append-only."""

from __future__ import annotations

import datetime as dt

import pytest

from core.core_builders import (
    DAY,
    NOT_APPLICABLE,
    PASSED,
    TODAY,
    UID,
    UNKNOWN,
    configured,
    finding,
    judged,
    outcome,
    problem,
    scripted_rule,
)
from core.core_mirror import FilledMirror, account, checking
from kam_sync.engine import AccountOutcome, FindingState, OutcomeKind, RuleOutcome
from kam_sync.ports import RejectedRecord
from kam_sync.records import RecordKind
from kam_sync.severity import Severity
from kam_sync.store import Store
from kam_sync.store.judging import FindingHistory, StoredJudgements

GAP, OTHER = finding("innovator"), finding("collaborator")


@pytest.fixture
def history(store: Store) -> FindingHistory:
    return FindingHistory(store, UID)


def said(*outcomes: RuleOutcome, account: str = "acme") -> list[AccountOutcome]:
    return [AccountOutcome(account_id=account, outcomes=outcomes)]


def events(history: FindingHistory) -> list[tuple[str, str, dt.date]]:
    keys = {GAP.fingerprint: "innovator", OTHER.fingerprint: "collaborator"}
    return [(event.event, keys[event.fingerprint], event.day) for event in history.events()]


def test_a_finding_is_opened_on_the_day_it_is_first_seen(history: FindingHistory) -> None:
    since = history.record(said(outcome(GAP)), TODAY)
    assert dict(since) == {GAP.fingerprint: TODAY}
    assert events(history) == [("opened", "innovator", TODAY)]


def test_a_finding_that_stays_keeps_its_day_and_makes_no_event(history: FindingHistory) -> None:
    history.record(said(outcome(GAP)), TODAY)
    since = history.record(said(outcome(GAP, OTHER)), TODAY + DAY)
    assert dict(since) == {GAP.fingerprint: TODAY, OTHER.fingerprint: TODAY + DAY}
    assert events(history) == [("opened", "innovator", TODAY), ("opened", "collaborator", TODAY + DAY)]


def test_a_finding_that_passes_is_resolved_and_starts_anew(history: FindingHistory) -> None:
    history.record(said(outcome(GAP)), TODAY)
    history.record(said(PASSED), TODAY + DAY)
    since = history.record(said(outcome(GAP)), TODAY + 2 * DAY)
    assert dict(since) == {GAP.fingerprint: TODAY + 2 * DAY}
    assert [event for event, _, _ in events(history)] == ["opened", "resolved", "opened"]


def test_unknown_neither_opens_nor_resolves(history: FindingHistory) -> None:
    history.record(said(outcome(GAP)), TODAY)
    history.record(said(UNKNOWN), TODAY + DAY)
    since = history.record(said(outcome(GAP)), TODAY + 2 * DAY)
    assert dict(since) == {GAP.fingerprint: TODAY}
    assert [event for event, _, _ in events(history)] == ["opened"]


def test_a_finding_of_a_partly_unknown_rule_stays_while_its_own_part_is_unknown(history: FindingHistory) -> None:
    history.record(said(outcome(GAP, OTHER)), TODAY)
    history.record(said(outcome(OTHER, unknown=("innovator",))), TODAY + DAY)
    assert [event for event, _, _ in events(history)] == ["opened", "opened"]


def test_a_finding_is_resolved_while_another_part_of_its_rule_is_unknown(history: FindingHistory) -> None:
    history.record(said(outcome(GAP)), TODAY)
    history.record(said(outcome(unknown=("collaborator",))), TODAY + DAY)
    assert [event for event, _, _ in events(history)] == ["opened", "resolved"]


def test_a_rule_that_no_longer_applies_ends_its_findings(history: FindingHistory) -> None:
    history.record(said(outcome(GAP)), TODAY)
    history.record(said(NOT_APPLICABLE), TODAY + DAY)
    assert len(events(history)) == 2


def test_silenced_findings_go_on_failing(history: FindingHistory) -> None:
    silent = finding("innovator", state=FindingState.SUPPRESSED)
    history.record(said(outcome(GAP)), TODAY)
    since = history.record(said(outcome(silent)), TODAY + DAY)
    assert dict(since) == {GAP.fingerprint: TODAY}


def test_an_event_keeps_the_severity_of_its_day(history: FindingHistory) -> None:
    history.record(said(outcome(finding("innovator", severity=Severity.LOW))), TODAY)
    history.record(said(outcome(finding("innovator", severity=Severity.CRITICAL))), TODAY + DAY)
    history.record(said(PASSED), TODAY + 2 * DAY)
    assert [(event.event, event.severity) for event in history.events()] == [
        ("opened", Severity.LOW),
        ("resolved", Severity.CRITICAL),
    ]


def test_other_accounts_and_orgs_are_left_alone(history: FindingHistory, store: Store) -> None:
    beta = finding("innovator", account="beta")
    history.record(said(outcome(GAP)), TODAY)
    history.record(said(outcome(beta), account="beta"), TODAY + DAY)
    FindingHistory(store, "org-2").record(said(PASSED), TODAY + DAY)
    since = history.record(said(outcome(GAP)), TODAY + 2 * DAY)
    assert dict(since) == {GAP.fingerprint: TODAY}


# -- accounts that are gone -------------------------------------------------------------------------------------------


def test_findings_of_accounts_that_were_not_judged_are_gone(history: FindingHistory, store: Store) -> None:
    history.record(said(outcome(GAP)), TODAY)
    history.end_absent(TODAY + DAY)
    history.end_absent(TODAY + 2 * DAY)
    assert events(history) == [("opened", "innovator", TODAY), ("gone", "innovator", TODAY + DAY)]
    StoredJudgements(store, UID).add([judged(outcome(GAP))])
    assert dict(history.record(said(outcome(GAP)), TODAY + 3 * DAY)) == {GAP.fingerprint: TODAY + 3 * DAY}


def test_findings_of_judged_accounts_are_not_gone(history: FindingHistory, store: Store) -> None:
    history.record(said(outcome(GAP)), TODAY)
    StoredJudgements(store, UID).add([judged(outcome(GAP))])
    history.end_absent(TODAY + DAY)
    assert [event for event, _, _ in events(history)] == ["opened"]


def test_many_findings_end_at_once(history: FindingHistory) -> None:
    found = [finding(str(number)) for number in range(1203)]
    history.record(said(outcome(*found)), TODAY)
    history.end_absent(TODAY + DAY)
    assert sum(event.event == "gone" for event in history.events()) == 1203


def test_an_account_that_did_not_validate_keeps_its_findings(store: Store) -> None:
    mirror, rule = FilledMirror(store), configured(scripted_rule(answer=[problem("innovator")]))
    mirror.pull(RecordKind.ACCOUNT, account("acme"))
    checking(store, rule)
    bad = RejectedRecord(kind=RecordKind.ACCOUNT, id="acme", account_ids=("acme",), reason="name: expected a string")
    mirror.pull(RecordKind.ACCOUNT, rejected=(bad,))
    checking(store, rule, offset=1)
    assert [event.event for event in FindingHistory(store, UID).events()] == ["opened"]


def test_kinds_of_outcome_are_those_of_the_design() -> None:
    assert {kind.value for kind in OutcomeKind} == {"passed", "failed", "unknown", "not applicable"}
