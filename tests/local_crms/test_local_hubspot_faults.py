"""Rate limits and every switchable fault, as a plain HTTP client meets them."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync_hubspot.local_crm import Fault, FaultKind
from support_local_hubspot import Running, dig, running

DAY = "/crm/objects/2026-09"
NEW_TASK = {"inputs": [{"properties": {"hs_timestamp": "2026-12-01T09:00:00Z"}, "associations": []}]}


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as started:
        yield started


def tasks(hubspot: Running) -> int:
    return len(hubspot.crm.people.tasks())


def test_answers_tell_the_rate_limits_and_search_does_not(hubspot: Running) -> None:
    first = hubspot.client.get(f"{DAY}/companies")
    assert first.headers["X-HubSpot-RateLimit-Max"] == "190"
    assert first.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    second = hubspot.client.get(f"{DAY}/companies")
    for name in ("X-HubSpot-RateLimit-Remaining", "X-HubSpot-RateLimit-Daily-Remaining"):
        assert int(second.headers[name]) == int(first.headers[name]) - 1
    refused = hubspot.client.get(f"{DAY}/companies", limit=1000)
    assert (refused.status, "X-HubSpot-RateLimit-Max" in refused.headers) == (400, True)
    searched = hubspot.client.post(f"{DAY}/companies/search", {})
    assert "X-HubSpot-RateLimit-Remaining" not in searched.headers


def test_the_burst_limit_is_a_rolling_window_on_the_clock(hubspot: Running) -> None:
    limits = hubspot.crm.limits
    limits.enforced, limits.per_ten_seconds = True, 3

    def status() -> int:
        return hubspot.client.get(f"{DAY}/companies").status

    assert [status(), status()] == [200, 200]
    hubspot.clock.advance(seconds=6)
    assert [status(), status(), status()] == [200, 429, 429]
    hubspot.clock.advance(seconds=4)
    assert [status(), status(), status()] == [200, 200, 429]
    limits.tell_retry_after = True
    refused = hubspot.client.get(f"{DAY}/companies")
    assert (refused.at("policyName"), refused.at("errorType")) == ("TEN_SECONDLY_ROLLING", "RATE_LIMIT")
    assert float(refused.headers["Retry-After"]) == 6


def test_search_has_its_own_limit(hubspot: Running) -> None:
    hubspot.crm.limits.enforced = True
    statuses = [hubspot.client.post(f"{DAY}/companies/search", {}).status for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    refused = hubspot.client.post(f"{DAY}/companies/search", {})
    assert refused.at("policyName") == "SECONDLY"
    assert "Retry-After" not in refused.headers
    assert hubspot.client.get(f"{DAY}/companies").status == 200
    hubspot.clock.advance(seconds=1)
    assert hubspot.client.post(f"{DAY}/companies/search", {}).status == 200


def test_the_daily_limit_lasts_until_midnight(hubspot: Running) -> None:
    limits = hubspot.crm.limits
    limits.enforced, limits.daily_used = True, limits.daily - 1
    last = hubspot.client.get(f"{DAY}/companies")
    assert (last.status, last.headers["X-HubSpot-RateLimit-Daily-Remaining"]) == (200, "0")
    refused = hubspot.client.get(f"{DAY}/companies")
    assert (refused.status, refused.at("policyName")) == (429, "DAILY")
    assert refused.at("message") == "You have reached your daily limit."
    hubspot.clock.advance(hours=11, seconds=3599)
    assert hubspot.client.get(f"{DAY}/companies").status == 429
    hubspot.clock.advance(seconds=1)
    assert hubspot.client.get(f"{DAY}/companies").status == 200


def test_without_enforcement_a_standing_clock_refuses_nothing(hubspot: Running) -> None:
    assert {hubspot.client.get(f"{DAY}/companies").status for _ in range(250)} == {200}


@pytest.mark.parametrize(
    ("fault", "status", "header"),
    [
        (Fault(kind=FaultKind.RATE_LIMITED, policy_name="SECONDLY"), 429, None),
        (Fault(kind=FaultKind.RATE_LIMITED, retry_after=2), 429, "2"),
        (Fault(kind=FaultKind.LOCKED), 423, None),
        (Fault(kind=FaultKind.MIGRATING), 477, "86400"),
        (Fault(kind=FaultKind.MIGRATING, retry_after=60), 477, "60"),
        (Fault(kind=FaultKind.STATUS, status=504), 504, None),
        (Fault(kind=FaultKind.STATUS, status=521), 521, None),
    ],
)
def test_refusing_faults_answer_their_status_once_and_carry_nothing_out(
    hubspot: Running, fault: Fault, status: int, header: str | None
) -> None:
    hubspot.crm.faults.add(fault)
    reply = hubspot.client.post(f"{DAY}/tasks/batch/create", NEW_TASK)
    assert reply.status == status
    assert reply.headers.get("Retry-After") == header
    assert reply.at("status") == "error"
    assert dig(reply.body).get("policyName") == fault.policy_name  # type: ignore[attr-defined] # an object
    assert tasks(hubspot) == 0
    assert hubspot.client.post(f"{DAY}/tasks/batch/create", NEW_TASK).status == 201


@pytest.mark.parametrize(("kind", "status"), [(FaultKind.BAD_GATEWAY_HTML, 502), (FaultKind.HTML_INSTEAD_OF_JSON, 200)])
def test_html_instead_of_an_answer(hubspot: Running, kind: FaultKind, status: int) -> None:
    hubspot.crm.faults.add(Fault(kind=kind))
    reply = hubspot.client.get(f"{DAY}/companies")
    assert reply.status == status
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "<html>" in reply.text


def test_another_success_status_comes_with_the_right_body(hubspot: Running) -> None:
    hubspot.crm.faults.add(Fault(kind=FaultKind.OTHER_STATUS, status=200))
    reply = hubspot.client.post(f"{DAY}/tasks/batch/create", NEW_TASK)
    assert reply.status == 200
    assert len(reply.ids()) == tasks(hubspot) == 1


def test_truncated_json_ends_in_its_middle(hubspot: Running) -> None:
    hubspot.company(name="Whole")
    hubspot.crm.faults.add(Fault(kind=FaultKind.TRUNCATED_JSON))
    reply = hubspot.client.get(f"{DAY}/companies")
    assert reply.status == 200
    with pytest.raises(ValueError, match=r"char"):
        json.loads(reply.text)


def test_an_answer_without_results(hubspot: Running) -> None:
    hubspot.company(name="There")
    hubspot.crm.faults.add(Fault(kind=FaultKind.NO_RESULTS))
    reply = hubspot.client.get(f"{DAY}/companies", limit=1)
    assert isinstance(reply.body, dict)
    assert "results" not in reply.body


def test_records_with_wrong_types_inside(hubspot: Running) -> None:
    made = [hubspot.company(name=f"N{number}") for number in range(2)]
    hubspot.crm.faults.add(Fault(kind=FaultKind.RECORD_WITHOUT_ID))
    broken, whole = hubspot.client.get(f"{DAY}/companies").each()
    assert "id" not in broken
    assert whole["id"] == made[1]
    hubspot.crm.faults.add(Fault(kind=FaultKind.NUMBER_AS_VALUE))
    numbered = hubspot.client.get(f"{DAY}/companies", properties="name").each()[0]
    assert dig(numbered, "properties", "name") == 5


def test_associations_of_a_record_without_id(hubspot: Running) -> None:
    company = hubspot.company(name="C")
    hubspot.task(company)
    hubspot.crm.faults.add(Fault(kind=FaultKind.RECORD_WITHOUT_ID))
    path = "/crm/associations/2026-09/companies/tasks/batch/read"
    reply = hubspot.client.post(path, {"inputs": [{"id": company}]})
    assert reply.at("results", 0, "from") == {}


def test_a_fault_that_finds_nothing_to_bend_says_so(hubspot: Running) -> None:
    hubspot.crm.faults.add(Fault(kind=FaultKind.NUMBER_AS_VALUE))
    reply = hubspot.client.get(f"{DAY}/companies")
    assert reply.status == 500
    assert "needs an answer with a record" in str(reply.at("message"))


@pytest.mark.parametrize(("kind", "made"), [(FaultKind.LOST_ANSWER, 1), (FaultKind.CLOSED_CONNECTION, 0)])
def test_the_connection_breaks_after_or_before_the_work(hubspot: Running, kind: FaultKind, made: int) -> None:
    hubspot.client.get(f"{DAY}/companies")  # the connection is open already
    hubspot.crm.faults.add(Fault(kind=kind, method="POST"))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        hubspot.client.post(f"{DAY}/tasks/batch/create", NEW_TASK)
    assert tasks(hubspot) == made
    assert hubspot.client.post(f"{DAY}/tasks/batch/create", NEW_TASK).status == 201


def test_a_record_that_moved_between_pages_is_on_both(hubspot: Running) -> None:
    made = [hubspot.company(name=f"N{number}") for number in range(5)]
    hubspot.crm.faults.add(Fault(kind=FaultKind.RECORD_ON_TWO_PAGES, path=r"/companies\?"))
    first = hubspot.client.get(f"{DAY}/companies", limit=2)
    second = hubspot.client.get(f"{DAY}/companies", limit=2, after=first.at("paging", "next", "after"))
    third = hubspot.client.get(f"{DAY}/companies", limit=2, after=second.at("paging", "next", "after"))
    assert [first.ids(), second.ids(), third.ids()] == [made[:2], made[1:3], made[3:]]


def test_faults_strike_by_method_and_path_after_a_while_and_so_often(hubspot: Running) -> None:
    faults = hubspot.crm.faults
    faults.add(Fault(kind=FaultKind.LOCKED, method="POST", path=r"/tasks/batch/read$", skip=1, count=2))
    assert hubspot.client.get(f"{DAY}/tasks").status == 200
    assert hubspot.client.post(f"{DAY}/companies/search", {}).status == 200
    assert [fault.skip for fault in faults.pending] == [1]
    body = {"inputs": [{"id": "5"}], "properties": []}
    statuses = [hubspot.client.post(f"{DAY}/tasks/batch/read", body).status for _ in range(4)]
    assert statuses == [207, 423, 423, 207]
    assert faults.pending == ()
    faults.add(Fault(kind=FaultKind.LOCKED))
    faults.clear()
    assert hubspot.client.get(f"{DAY}/tasks").status == 200
    with pytest.raises(ValueError, match="at least once"):
        faults.add(Fault(kind=FaultKind.LOCKED, count=0))


def test_faulted_exchanges_are_recorded_as_such(hubspot: Running) -> None:
    hubspot.crm.faults.add(Fault(kind=FaultKind.LOST_ANSWER))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        hubspot.client.post(f"{DAY}/tasks/batch/create", NEW_TASK)
    hubspot.client.get(f"{DAY}/tasks", limit=5)
    lost, listed = hubspot.exchanges
    assert (lost.faulted, lost.status, lost.answer_body) == (True, 0, "")
    assert json.loads(lost.request_body) == NEW_TASK
    assert (listed.faulted, listed.status, listed.path) == (False, 200, f"{DAY}/tasks?limit=5")
    assert len(json.loads(listed.answer_body)["results"]) == 1
