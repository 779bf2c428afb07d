"""Starting, stopping, keeping state, serving several clients at once."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kam_sync.clock import ManualClock
from kam_sync.local_crms import LocalCrm
from kam_sync_hubspot.local_crm import Fault, FaultKind, LocalHubSpot
from support_local_hubspot import NOON, SMALL, Client, Running, dig, link, running

DAY = "/crm/objects/2026-09"


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as started:
        yield started


def test_it_is_a_local_crm(hubspot: Running) -> None:
    crm: LocalCrm = hubspot.crm
    assert crm.name == "hubspot"
    assert crm.url.startswith("http://127.0.0.1:")


def test_the_folder_and_its_file_are_private(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    with running(folder, SMALL) as started:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert started.client.get(f"{DAY}/companies").status == 200
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert set(modes.values()) == {0o600}, modes


def test_everything_is_kept_over_a_stop(tmp_path: Path) -> None:
    with running(tmp_path, SMALL) as first:
        company = first.crm.id_of("solaris")
        task = first.task(company, hs_task_subject="Kept")
        first.client.post(
            "/crm/properties/2026-09/tasks",
            {"name": "extra", "label": "Extra", "type": "string", "fieldType": "text", "groupName": "task"},
        )
        label = first.client.post(
            "/crm/associations/2026-09/contacts/companies/labels", {"label": "Champion", "name": "champion"}
        )
        type_id = int(str(label.at("results", 0, "typeId")))
        first.crm.drop_property("companies", "plan_start")
        first.crm.people.merge_accounts(winner="quiet", loser="nordic")
        before = (first.crm.portal_id, first.crm.access_token, first.crm.org_settings, first.crm.id_of("nordic"))
    with running(tmp_path) as second:
        settings = {**second.crm.org_settings, "host": before[2]["host"]}
        assert (second.crm.portal_id, second.crm.access_token, settings) == before[:3]
        assert second.crm.id_of("nordic") == second.crm.id_of("quiet") == before[3]
        assert second.properties("tasks", task, "hs_task_subject", "extra")["hs_task_subject"] == "Kept"
        assert second.client.get("/crm/properties/2026-09/tasks/extra").status == 200
        assert second.client.get("/crm/properties/2026-09/companies/plan_start").status == 404
        second.create("contacts", {}, [link(company, type_id, "USER_DEFINED")])
        assert second.task(company) > task
        assert second.crm.requests_seen() == 5
        with pytest.raises(ValueError, match="empty"):
            second.crm.load(SMALL)


def test_one_folder_is_served_once(tmp_path: Path) -> None:
    with running(tmp_path), pytest.raises(RuntimeError, match="another local HubSpot"):
        LocalHubSpot.start(tmp_path, clock=ManualClock(NOON))


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    with running(tmp_path) as started:
        started.crm._portal.database.set_fact("schema", "0")
    with pytest.raises(RuntimeError, match="version 0"):
        LocalHubSpot.start(tmp_path, clock=ManualClock(NOON))


def test_a_given_port_is_used_and_free_again_after_stopping(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name in ("one", "two"):
        crm = LocalHubSpot.start(tmp_path / name, clock=ManualClock(NOON), port=port)
        assert crm.url == f"http://127.0.0.1:{port}"
        crm.stop()
        crm.stop()
    with running(tmp_path / "holder") as holder, pytest.raises(OSError, match="in use"):
        LocalHubSpot.start(tmp_path / "late", clock=ManualClock(NOON), port=int(holder.crm.url.rpartition(":")[2]))


def test_stopping_ends_all_threads_though_clients_keep_their_connections(tmp_path: Path) -> None:
    before = threading.active_count()
    crm = LocalHubSpot.start(tmp_path, clock=ManualClock(NOON))
    clients = [Client(crm.url, crm.access_token) for _ in range(3)]
    for client in clients:
        assert client.get(f"{DAY}/companies").status == 200
    crm.stop()
    assert threading.active_count() == before
    for client in clients:
        with pytest.raises((http.client.HTTPException, OSError)):
            client.get(f"{DAY}/companies")
        client.close()


def test_it_listens_on_loopback_only(hubspot: Running) -> None:
    port = int(hubspot.crm.url.rpartition(":")[2])
    listening = Path("/proc/net/tcp")
    if not listening.exists():
        pytest.skip("only Linux tells who listens where")
    hexadecimal = f"{port:04X}"
    rows = [line.split() for line in listening.read_text().splitlines()[1:]]
    addresses = {row[1].split(":")[0] for row in rows if row[1].endswith(f":{hexadecimal}") and row[3] == "0A"}
    assert addresses == {"0100007F"}


def test_one_connection_serves_many_requests(hubspot: Running) -> None:
    connection = http.client.HTTPConnection(hubspot.crm.url.removeprefix("http://"))
    sockets = set()
    for _ in range(3):
        connection.request("GET", f"{DAY}/companies", headers=hubspot.client.headers)
        response = connection.getresponse()
        response.read()
        assert response.version == 11
        assert connection.sock is not None
        sockets.add(connection.sock.getsockname())
    connection.close()
    assert len(sockets) == 1


def test_long_answers_are_packed_when_asked(hubspot: Running) -> None:
    for number in range(10):
        hubspot.company(name=f"Company {number}")
    connection = http.client.HTTPConnection(hubspot.crm.url.removeprefix("http://"))
    bodies: dict[str, bytes] = {}
    for accepted in ("identity", "gzip"):
        headers = {**hubspot.client.headers, "Accept-Encoding": accepted}
        connection.request("GET", f"{DAY}/companies", headers=headers)
        response = connection.getresponse()
        bodies[accepted] = response.read()
        assert response.headers.get("Content-Encoding") == (None if accepted == "identity" else "gzip")
    connection.close()
    assert len(bodies["gzip"]) < len(bodies["identity"])
    assert json.loads(gzip.decompress(bodies["gzip"])) == json.loads(bodies["identity"])


def test_a_body_without_a_usable_length_is_refused(hubspot: Running) -> None:
    connection = http.client.HTTPConnection(hubspot.crm.url.removeprefix("http://"))
    connection.putrequest("POST", f"{DAY}/companies")
    for name, value in {**hubspot.client.headers, "Transfer-Encoding": "chunked"}.items():
        connection.putheader(name, value)
    connection.endheaders()  # the head alone: the server answers before it would read a body
    response = connection.getresponse()
    response.read()
    assert response.status == 413
    connection.close()


def test_clients_writing_at_once_lose_nothing(hubspot: Running) -> None:
    company = hubspot.company(name="Popular")

    def write(worker: int) -> int:
        inputs = [
            {
                "properties": {"hs_timestamp": "2026-12-01T09:00:00Z", "kam_sync_key": f"{worker}-{number}"},
                "objectWriteTraceId": f"{worker}-{number}",
                "associations": [link(company, 192)],
            }
            for number in range(20)
        ]
        with Client(hubspot.crm.url, hubspot.crm.access_token) as client:
            done = [client.post(f"{DAY}/tasks/batch/create", {"inputs": inputs[at : at + 5]}) for at in (0, 5, 10, 15)]
            read = client.get(f"{DAY}/tasks", limit=100, properties="kam_sync_key")
        assert {reply.status for reply in done} == {201}
        return len(read.ids())

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(write, range(8)))
    assert max(counts) == 100
    tasks = hubspot.crm.people.tasks()
    assert len({task.key for task in tasks}) == len({task.id for task in tasks}) == 160
    assert hubspot.crm.requests_seen() == 1 + 8 * 5


def test_a_failed_request_leaves_nothing_half_done(hubspot: Running) -> None:
    company = hubspot.company(name="C")
    good = {"properties": {"hs_timestamp": "5"}, "associations": [link(company, 192)]}
    bad = {"properties": {"hs_timestamp": "5"}, "associations": [link("4711", 192)]}
    assert hubspot.client.post(f"{DAY}/tasks/batch/create", {"inputs": [good, bad]}).status == 404
    assert hubspot.crm.people.tasks() == []
    read = hubspot.client.post("/crm/associations/2026-09/companies/tasks/batch/read", {"inputs": [{"id": company}]})
    assert read.status == 207


def test_every_request_is_counted_and_recorded(hubspot: Running) -> None:
    hubspot.crm.faults.add(Fault(kind=FaultKind.LOCKED))
    hubspot.client.get(f"{DAY}/companies", limit=3)
    with Client(hubspot.crm.url, None) as stranger:
        stranger.get(f"{DAY}/companies")
    hubspot.client.get("/nowhere")
    hubspot.client.post(f"{DAY}/companies", {"properties": {"name": "Ægir"}})
    assert hubspot.crm.requests_seen() == 4
    assert [each.status for each in hubspot.exchanges] == [423, 401, 404, 201]
    created = hubspot.exchanges[-1]
    assert (created.method, created.path) == ("POST", f"{DAY}/companies")
    assert dig(json.loads(created.answer_body), "properties", "name") == "Ægir"
    assert all(hubspot.crm.access_token not in str(each) for each in hubspot.exchanges)
    hubspot.crm.recorder = None
    hubspot.client.get(f"{DAY}/companies")
    assert len(hubspot.exchanges) == 4


KILLED = """
import datetime as dt, os, pathlib, sys
from kam_sync.clock import ManualClock
from kam_sync_hubspot.local_crm import LocalHubSpot
from support_local_hubspot import SMALL
crm = LocalHubSpot.start(pathlib.Path(sys.argv[1]), clock=ManualClock(dt.datetime(2026, 11, 22, tzinfo=dt.UTC)))
crm.load(SMALL)
os._exit(9)
"""


def test_a_file_left_by_a_killed_process_opens_again(tmp_path: Path) -> None:
    here = str(Path(__file__).parents[1])
    killed = subprocess.run(  # noqa: S603 - our own interpreter, our own text
        [sys.executable, "-c", KILLED, str(tmp_path)], env={**os.environ, "PYTHONPATH": here}, check=False
    )
    assert killed.returncode == 9
    with running(tmp_path) as started:
        assert len(started.client.get(f"{DAY}/companies").ids()) == 3
