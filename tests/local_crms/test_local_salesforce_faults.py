"""Faults, transport, restarts and concurrency of the local Salesforce."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kam_sync.clock import ManualClock
from kam_sync_salesforce.local_crm import Exchange, Fault, FaultKind, Field, FieldType, LocalSalesforce, lookup
from support_local_salesforce import KEY, NOW, SMALL, Org, Rest, codes, running_org

QUERY = "SELECT Id, Name FROM Account ORDER BY Name"
KEYS = [f"k1{number:024x}-1" for number in range(4)]


@pytest.fixture
def org(tmp_path: Path) -> Iterator[Org]:
    with running_org(tmp_path / "crm") as running:
        yield running


def keyed_tasks(org: Org) -> set[object]:
    soql = f"SELECT {KEY} FROM Task WHERE {KEY} != null"  # noqa: S608 - SOQL of this test
    return set(org.rest.names(soql, field=KEY))


def test_a_session_expires_once_and_a_new_login_heals_it(org: Org) -> None:
    assert org.rest.page(QUERY).status == 200
    org.crm.faults.add(Fault(kind=FaultKind.SESSION_EXPIRED, path="/query"))
    assert org.rest.page(QUERY).failure() == (401, "INVALID_SESSION_ID")
    assert org.crm.faults.pending == ()
    assert org.rest.page(QUERY).failure() == (401, "INVALID_SESSION_ID"), "the token is gone for good"
    org.rest.log_in()
    assert org.rest.page(QUERY).status == 200


def test_a_session_that_expires_for_ever_is_never_healed(org: Org) -> None:
    org.crm.faults.add(Fault(kind=FaultKind.SESSION_EXPIRED, path="/services/data/v", count=None))
    for _ in range(3):
        org.rest.log_in()
        assert org.rest.page(QUERY).failure() == (401, "INVALID_SESSION_ID")
    assert org.crm.faults.fired == 3
    org.crm.faults.clear()
    org.rest.log_in()
    assert org.rest.page(QUERY).status == 200


def test_both_request_limits_have_their_own_words(org: Org) -> None:
    org.crm.faults.add(Fault(kind=FaultKind.TOTAL_LIMIT, path="/limits"))
    org.crm.faults.add(Fault(kind=FaultKind.CONCURRENT_LIMIT, path="/limits"))
    for words in ("TotalRequests Limit exceeded", "ConcurrentRequests"):
        answer = org.rest.call("GET", "limits")
        assert answer.failure() == (403, "REQUEST_LIMIT_EXCEEDED")
        assert words in str(answer.rows()[0]["message"])
    assert org.rest.call("GET", "limits").status == 200


def test_html_comes_with_503_and_with_200(org: Org) -> None:
    org.crm.faults.add(Fault(kind=FaultKind.UNAVAILABLE, method="GET", path="/limits", skip=1, count=2))
    org.crm.faults.add(Fault(kind=FaultKind.HTML_ANSWER, path="/limits"))
    statuses = [org.rest.call("GET", "limits") for _ in range(4)]
    assert [answer.status for answer in statuses] == [200, 503, 503, 200]
    assert statuses[3].record()["DailyApiRequests"]
    for answer in statuses[:3]:
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.content.startswith(b"<html>")


def test_any_error_code_can_be_answered(org: Org) -> None:
    fault = Fault(kind=FaultKind.ERROR, path="FROM Account", status=400, code="QUERY_TIMEOUT")
    org.crm.faults.add(fault)
    assert org.rest.page("SELECT Id FROM Contact").status == 200
    assert org.rest.page(QUERY).failure() == (400, "QUERY_TIMEOUT")
    assert org.rest.page(QUERY).status == 200


@pytest.mark.parametrize("code", ["UNABLE_TO_LOCK_ROW", "DUPLICATE_VALUE", "FIELD_CUSTOM_VALIDATION_EXCEPTION"])
def test_one_row_of_a_collection_fails_and_the_others_are_written(org: Org, code: str) -> None:
    org.crm.faults.add(Fault(kind=FaultKind.ROW_ERROR, path="composite/sobjects", code=code, record=KEYS[1]))
    rows = org.rest.upsert(*({KEY: key} for key in KEYS))
    assert codes(rows) == [None, code, None, None]
    assert keyed_tasks(org) == {KEYS[0], KEYS[2], KEYS[3]}
    assert codes(org.rest.upsert({KEY: KEYS[1]})) == [None]


def test_rows_can_be_chosen_by_number_and_single_records_fail_too(org: Org) -> None:
    org.crm.faults.add(
        Fault(kind=FaultKind.ROW_ERROR, path="composite", code="UNABLE_TO_LOCK_ROW", rows=frozenset({0, 2}))
    )
    assert codes(org.rest.upsert(*({KEY: key} for key in KEYS[:3]))) == [
        "UNABLE_TO_LOCK_ROW",
        None,
        "UNABLE_TO_LOCK_ROW",
    ]
    org.crm.faults.add(Fault(kind=FaultKind.ROW_ERROR, path="sobjects/Task", code="UNABLE_TO_LOCK_ROW"))
    assert org.rest.call("POST", "sobjects/Task", {"Subject": "x"}).failure() == (400, "UNABLE_TO_LOCK_ROW")


def test_an_answer_is_lost_after_everything_was_written(org: Org) -> None:
    org.rest.log_in()
    org.crm.faults.add(Fault(kind=FaultKind.LOST_ANSWER, method="PATCH"))
    with pytest.raises(http.client.RemoteDisconnected):
        org.rest.upsert({KEY: KEYS[0]})
    org.rest.close()
    assert keyed_tasks(org) == {KEYS[0]}


def test_a_connection_closes_before_anything_was_written(org: Org) -> None:
    org.rest.log_in()
    org.crm.faults.add(Fault(kind=FaultKind.CLOSED, body=KEYS[0]))
    with pytest.raises(http.client.RemoteDisconnected):
        org.rest.upsert({KEY: KEYS[0]})
    org.rest.close()
    assert keyed_tasks(org) == set()


def test_json_may_end_in_its_middle(org: Org) -> None:
    org.crm.faults.add(Fault(kind=FaultKind.TRUNCATED_ANSWER, path="queryAll"))
    answer = org.rest.page(QUERY, every=True)
    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


def test_one_record_of_a_page_may_be_malformed(org: Org) -> None:
    org.crm.faults.add(
        Fault(kind=FaultKind.MALFORMED_RECORD, path="FROM Account", record="ceres", field_name="Name", value=[7])
    )
    assert [row["Name"] for row in org.rest.page(QUERY).rows()] == ["Atlas O'Rourke Ltd", "Boreas Énergie", [7]]
    assert org.rest.page(QUERY).rows()[2]["Name"] == "ceres 食品"


def test_answers_are_gzipped_when_asked_and_requests_may_be(org: Org) -> None:
    answer = org.rest.call("GET", "sobjects/Task/describe", headers={"Accept-Encoding": "gzip, deflate"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.content))["name"] == "Task"
    assert "Content-Encoding" not in org.rest.call("GET", "sobjects/Task/describe").headers
    headers = {"Authorization": f"Bearer {org.rest.token}", "Content-Encoding": "gzip"}
    body = gzip.compress(b'{"Subject": "Zipped"}')
    assert org.rest.send("POST", f"{org.rest.base}/sobjects/Task", body, headers).status == 201
    assert org.rest.send("POST", f"{org.rest.base}/sobjects/Task", b"plain", headers).status == 400


def test_one_connection_serves_many_requests_and_each_is_counted_and_recorded(org: Org) -> None:
    seen: list[Exchange] = []
    org.crm.recorder = seen.append
    before = org.crm.requests_seen()
    org.rest.page(QUERY)
    org.crm.faults.add(Fault(kind=FaultKind.LOST_ANSWER, path="sobjects/Task"))
    with pytest.raises(http.client.RemoteDisconnected):
        org.rest.call("POST", "sobjects/Task", {"Subject": "Żółć"})
    org.rest.close()
    assert org.crm.requests_seen() - before == len(seen) == 3
    login, query, lost = seen
    assert (login.method, login.path) == ("POST", "/services/oauth2/token")
    assert query.path.startswith("/services/data/v66.0/query?q=SELECT")
    assert (query.status, json.loads(query.answer)["totalSize"]) == (200, 3)
    assert (lost.status, lost.answer, json.loads(lost.request)["Subject"]) == (0, "", "Żółć")


def test_it_listens_on_loopback_only_and_forgets_who_hangs_up(org: Org) -> None:
    address = urlsplit(org.crm.url)
    assert address.hostname == "127.0.0.1"
    with socket.create_connection(("127.0.0.1", address.port or 0)) as connection:
        connection.sendall(b"POST /services/oauth2/token HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
    chunked = {"Transfer-Encoding": "chunked"}
    connection_two = http.client.HTTPConnection(address.netloc, timeout=10)
    connection_two.request("POST", "/services/oauth2/token", body=iter([b"grant_type=x"]), headers=chunked)
    assert connection_two.getresponse().status == 501
    connection_two.close()
    assert org.rest.call("GET", "limits").status == 200


def test_state_survives_stop_and_start(tmp_path: Path) -> None:
    folder = tmp_path / "crm"
    clock = ManualClock(NOW)
    with LocalSalesforce.start(folder, clock=clock) as crm:
        crm.load(SMALL)
        crm.add_field("Account", lookup("Results_Driver__c", "User"))
        crm.add_object(
            "Account_Plan__c",
            [lookup("Account__c", "Account", nillable=False), Field(name="Due__c", type=FieldType.DATE)],
        )
        rest = Rest(crm)
        created = rest.upsert({KEY: KEYS[0], "WhatId": crm.id_of("atlas")})
        used = rest.call("GET", "limits").headers["Sforce-Limit-Info"]
        token, organization, settings = rest.token, crm.organization_id, crm.org_settings["auth"]
        rest.close()
    crm.stop()
    assert [path.name for path in folder.iterdir()] == ["salesforce.sqlite"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "salesforce.sqlite").stat().st_mode & 0o777 == 0o600
    with LocalSalesforce.start(folder, clock=clock) as again:
        assert (again.organization_id, again.org_settings["auth"]) == (organization, settings)
        rest = Rest(again)
        rest.token = token
        assert rest.upsert({KEY: KEYS[0], "Subject": "again"})[0]["id"] == created[0]["id"]
        info = rest.call("GET", "limits").headers["Sforce-Limit-Info"]
        assert int(info.split("=")[1].split("/")[0]) == int(used.split("=")[1].split("/")[0]) + 2
        driver = {"Results_Driver__c": again.id_of("bo")}
        assert rest.call("PATCH", f"sobjects/Account/{again.id_of('atlas')}", driver).status == 204
        assert rest.names("SELECT Name FROM Account WHERE Results_Driver__r.Name = 'Bo Nguyễn'") == [
            "Atlas O'Rourke Ltd"
        ]
        plan = {"Name": "Plan", "Account__c": again.id_of("atlas"), "Due__c": "2026-12-31"}
        assert str(rest.call("POST", "sobjects/Account_Plan__c", plan).record()["id"]).startswith("a00")
        again.people.delete_account("atlas")
        assert rest.query("SELECT Id FROM Account_Plan__c") == []
        with pytest.raises(ValueError, match="empty"):
            again.load(SMALL)
        rest.close()


def test_a_folder_is_used_by_one_at_a_time(tmp_path: Path) -> None:
    with (
        LocalSalesforce.start(tmp_path / "crm", clock=ManualClock(NOW)),
        pytest.raises(ValueError, match="in use"),
    ):
        LocalSalesforce.start(tmp_path / "crm", clock=ManualClock(NOW))


def test_a_port_that_is_taken_is_told_and_leaves_the_folder_free(tmp_path: Path) -> None:
    with LocalSalesforce.start(tmp_path / "one", clock=ManualClock(NOW)) as crm:
        port = urlsplit(crm.url).port or 0
        with pytest.raises(OSError, match="in use"):
            LocalSalesforce.start(tmp_path / "two", clock=ManualClock(NOW), port=port)
    with LocalSalesforce.start(tmp_path / "two", clock=ManualClock(NOW), port=port) as crm:
        assert crm.url == f"http://127.0.0.1:{port}"


def test_a_file_of_another_format_is_not_touched(tmp_path: Path) -> None:
    import sqlite3

    LocalSalesforce.start(tmp_path / "crm", clock=ManualClock(NOW)).stop()
    connection = sqlite3.connect(tmp_path / "crm" / "salesforce.sqlite")
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(ValueError, match="format 99"):
        LocalSalesforce.start(tmp_path / "crm", clock=ManualClock(NOW))


def test_two_folders_are_two_orgs(tmp_path: Path) -> None:
    with (
        LocalSalesforce.start(tmp_path / "north", clock=ManualClock(NOW)) as north,
        LocalSalesforce.start(tmp_path / "south", clock=ManualClock(NOW)) as south,
    ):
        assert north.organization_id != south.organization_id
        assert north.url != south.url
        rest = Rest(north)
        rest.log_in()
        other = Rest(south)
        other.token = rest.token
        assert other.call("GET", "limits").failure() == (401, "INVALID_SESSION_ID")
        rest.close()
        other.close()


def test_what_was_committed_survives_a_kill(tmp_path: Path) -> None:
    script = """
import datetime as dt, os, signal, sys
from pathlib import Path
from kam_sync.clock import ManualClock
from kam_sync_salesforce.local_crm import LocalSalesforce
from support_local_salesforce import NOW, SMALL, Rest
crm = LocalSalesforce.start(Path(sys.argv[1]), clock=ManualClock(NOW))
crm.load(SMALL)
Rest(crm).upsert({"KamSync_Key__c": "k1-killed"})
os.kill(os.getpid(), signal.SIGKILL)
"""
    support = str(Path(__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": support}
    folder = tmp_path / "crm"
    done = subprocess.run(  # noqa: S603 - this interpreter and the script above
        [sys.executable, "-c", script, str(folder)], env=environment, check=False, timeout=30
    )
    assert done.returncode == -9
    with LocalSalesforce.start(folder, clock=ManualClock(NOW)) as crm:
        assert [task.key for task in crm.people.tasks() if task.key] == ["k1-killed"]


def test_threads_read_and_write_at_the_same_time(org: Org) -> None:
    atlas = org.crm.id_of("atlas")
    org.rest.log_in()
    problems: list[BaseException] = []

    def write(thread: int) -> None:
        with_own_connection = Rest(org.crm)
        with_own_connection.token = org.rest.token
        try:
            for turn in range(10):
                rows = with_own_connection.upsert(
                    *({KEY: f"t{thread}-{turn}-{row}", "WhatId": atlas} for row in range(5)), {KEY: "shared"}
                )
                assert codes(rows) == [None] * 6
                found = with_own_connection.query(f"SELECT Id FROM Task WHERE {KEY} LIKE 't{thread}-%'", every=True)  # noqa: S608 - SOQL of this test
                assert len(found) == 5 * (turn + 1)
                assert all(task.account == "atlas" for task in org.crm.people.tasks(account="atlas"))
        except BaseException as error:  # noqa: BLE001 - told below
            problems.append(error)
        finally:
            with_own_connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(keyed_tasks(org)) == 101
