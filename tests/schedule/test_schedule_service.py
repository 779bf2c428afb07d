"""The service: whatever befalls a run, the next one takes place, and the tasks and the heartbeat are right."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from pathlib import Path
from queue import Queue

import pytest

from kam_sync.clock import ManualClock, SystemClock
from kam_sync.errors import ConfigError, CrashError, LeaseHeldError, StoppedError
from kam_sync.heartbeat import TickOutcome
from kam_sync.records import Role
from kam_sync.scheduling import JobService
from kam_sync.store import Store
from kam_sync.store.leases import Lease
from kam_sync.store.runs import list_runs, load_description
from support_schedule import LONG, Shop, hooked, open_shop, serving

SECRET = "Bearer s3cret and the text of a record"
BIRCH = "Firma Birch: cover the account roles"
CEDAR = "Firma Cedar: cover the account roles"


class Gate:
    """Holds the pull of accounts once it is closed."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def __call__(self, kind: str) -> None:
        if kind == "account":
            self.reached.set()
            assert self.open.wait(LONG)


def crash(kind: str) -> None:
    if kind == "account":
        raise RuntimeError(SECRET)


@pytest.mark.parametrize("kind", ["memory", "hubspot"])
def test_three_runs_one_overlapping_and_one_crashing_leave_the_right_tasks_and_the_right_heartbeat(
    kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "kam_sync")
    with open_shop(kind, folder) as shop:
        monkeypatch.setattr("kam_sync.session.load_connector", lambda name: hooked(name, shop.hooks))
        gate = Gate()
        shop.hooks.append(gate)
        with serving(shop) as served:
            # The first run is held in its pull; a second one is due meanwhile and is left out.
            served.service.fire()
            assert gate.reached.wait(LONG)
            served.service.fire()
            assert (served.tick().outcome, shop.open_tasks()) == (TickOutcome.SKIPPED, [])
            gate.open.set()
            first = served.tick()
            assert (first.number, first.outcome) == (1, TickOutcome.SUCCESS)
            assert shop.open_tasks() == [BIRCH, CEDAR]
            done = served.metric("last_success_timestamp_seconds", org="org")

            # People cover Birch. The next run dies of a bug in the connector and changes nothing.
            for role in Role:
                shop.crm.people.assign_role(shop.account("Birch"), role, "amal")
            shop.clock.advance(days=1)
            shop.hooks.append(crash)
            second = served.run()
            assert (second.number, second.outcome) == (2, TickOutcome.CRASHED)
            assert second.result is not None
            (org,) = second.result.orgs
            assert isinstance(org.error, CrashError)
            assert "RuntimeError in schedule/test_schedule_service.py:" in str(org.error)
            assert shop.open_tasks() == [BIRCH, CEDAR]
            assert served.metric("last_success_timestamp_seconds", org="org") == done
            assert served.metric("last_run_exit_code", org="org") == 1
            assert served.metric("last_run_timestamp_seconds") > done

            # The third finds everything as it should, and closes what is solved.
            shop.hooks.remove(crash)
            third = served.run()
            assert (third.number, third.outcome) == (3, TickOutcome.SUCCESS)
            assert shop.open_tasks() == [CEDAR]
            assert served.outcomes() == {"success": 2, "crashed": 1, "skipped": 1}
            assert served.metric("last_success_timestamp_seconds", org="org") >= done + 24 * 3600
            assert served.metric("last_run_exit_code", org="org") == 0
            assert served.metric("tasks_live", org="org") == 1
            assert served.metric("tasks_written_total", org="org", step="create") == 2
            assert served.metric("tasks_written_total", org="org", step="close") == 1
            assert served.metric("queued", org="org") == 0
            assert served.metric("api_requests", org="org") > 5
            found = {labels: count for (name, labels), count in served.metrics().items() if name == "kam_sync_findings"}
            assert {dict(labels)["rule"] for labels in found} == {"KAM101"}
            assert sum(found.values()) == 6
    told = [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert SECRET not in "".join(record.getMessage() for record in told)
    assert not [record for record in told if record.exc_info]
    (traced,) = [record for record in caplog.records if record.exc_info]
    assert traced.levelno == logging.DEBUG


def test_a_bug_in_one_org_keeps_no_other_org_from_its_work(
    shop: Shop, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "other").mkdir()
    with open_shop("memory", folder / "other") as other:
        text = shop.policy_path.read_text(encoding="utf-8")
        name = other.crm.url.removeprefix("memory:")
        shop.policy_path.write_text(text.replace("orgs:\n", f"orgs:\n  a: {{connector: memory, crm: {name}}}\n"))
        bugs = ["account"]  # in the first org's first run only

        def once(kind: str) -> None:
            if kind in bugs:
                bugs.remove(kind)
                crash(kind)

        monkeypatch.setattr("kam_sync.session.load_connector", lambda name: hooked(name, [once]))
        with serving(shop) as served:
            tick = served.run()
            assert tick.result is not None
            assert [(org.org, org.exit_code) for org in tick.result.orgs] == [("a", 1), ("org", 0)]
            assert tick.outcome is TickOutcome.CRASHED
            assert served.metric("last_run_exit_code", org="org") == 0
            assert ("kam_sync_last_success_timestamp_seconds", frozenset({("org", "a")})) not in served.metrics()
            assert shop.open_tasks() == [BIRCH, CEDAR]
            assert other.open_tasks() == []
            assert served.run().outcome is TickOutcome.SUCCESS
            assert other.open_tasks() == [BIRCH, CEDAR]


def test_a_policy_that_is_broken_fails_a_run_and_one_that_is_mended_is_taken(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(shop) as served:
        assert served.run().outcome is TickOutcome.SUCCESS
        whole = shop.policy_path.read_text(encoding="utf-8")
        success = served.metric("last_success_timestamp_seconds", org="org")
        shop.clock.advance(days=1)
        shop.policy_path.write_text(whole + "ruls: {}\n", encoding="utf-8")
        broken = served.run()
        assert broken.outcome is TickOutcome.FAILED
        assert isinstance(broken.error, ConfigError)
        assert "unknown key; did you mean 'rules'?" in str(broken.error)
        assert "unknown key" in caplog.text
        assert served.metric("last_run_exit_code", org="org") == 2
        assert served.metric("last_success_timestamp_seconds", org="org") == success
        assert served.metric("tasks_live", org="org") == 2
        shop.policy_path.unlink()
        assert served.run().outcome is TickOutcome.FAILED
        shop.write_policy(rules={"select": ["KAM101", "KAM201"]})
        assert served.run().outcome is TickOutcome.SUCCESS
        assert served.metric("last_success_timestamp_seconds", org="org") > success
        assert served.outcomes() == {"success": 2, "failed": 2}


def test_a_lease_that_another_process_holds_is_said_and_is_no_failure_of_the_service(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(shop) as served:
        assert served.run().outcome is TickOutcome.SUCCESS
        success = served.metric("last_success_timestamp_seconds", org="org")
        with Store.at(shop.folder / "kam-sync.db") as store:
            description = load_description(store, "org")
            assert description is not None
            lease = Lease(store, description.org_uid, "org", "elsewhere:1", shop.clock)
            lease.acquire()
            held = served.run()
            assert held.outcome is TickOutcome.HELD
            assert held.result is not None
            assert isinstance(held.result.orgs[0].error, LeaseHeldError)
            assert "another run of kam-sync is at work on org" in caplog.text
            assert served.metric("last_run_exit_code", org="org") == 5
            assert served.metric("last_success_timestamp_seconds", org="org") == success
            lease.release()
        assert served.run().outcome is TickOutcome.SUCCESS


def test_a_run_that_is_asked_to_stop_ends_between_two_steps_and_the_next_service_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    monkeypatch.setattr("kam_sync.session.load_connector", lambda name: hooked(name, [gate]))
    with serving(shop) as served:
        served.service.fire()
        assert gate.reached.wait(LONG)
        served.service.stop()
        gate.open.set()
        tick = served.tick()
        assert tick.outcome is TickOutcome.STOPPED
        assert tick.result is not None
        assert isinstance(tick.result.orgs[0].error, StoppedError)
        assert shop.open_tasks() == []
    with serving(shop) as served:
        assert served.run().outcome is TickOutcome.SUCCESS  # the lease was given back
        assert served.outcomes() == {"stopped": 1, "success": 1}
    assert shop.open_tasks() == [BIRCH, CEDAR]


def test_what_waits_for_the_crm_does_not_keep_a_service_from_stopping(shop: Shop) -> None:
    with serving(shop) as served:
        service = served.service
    assert service.settings.sleep is not time.sleep
    with pytest.raises(StoppedError, match="while it waited for the CRM"):
        service._sleep(3600)
    waiting = JobService(load=service.load)
    ended: Queue[Exception] = Queue()

    def wait() -> None:
        try:
            waiting._sleep(3600)
        except StoppedError as error:
            ended.put(error)

    thread = threading.Thread(target=wait)
    thread.start()
    waiting.stop()
    assert isinstance(ended.get(timeout=LONG), StoppedError)
    thread.join(LONG)


def test_a_wait_that_nobody_cuts_short_ends(shop: Shop) -> None:
    with serving(shop) as served:
        JobService(load=served.service.load)._sleep(0.001)


def test_the_policy_may_name_the_heartbeat_relative_to_itself(shop: Shop) -> None:
    shop.write_policy(rules={"select": ["KAM101"]}, schedule={"every": "6h", "heartbeat": "kept.prom"})
    with serving(shop, options={}, heartbeat=None) as served:
        assert served.run().outcome is TickOutcome.SUCCESS
    assert "kam_sync_ticks_total" in (shop.folder / "kept.prom").read_text(encoding="utf-8")
    assert not served.heartbeat.exists()


def test_a_run_that_could_only_begin_too_late_is_left_out(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock(SystemClock().now())
    options = {"every": dt.timedelta(days=30), "misfire_grace": dt.timedelta(minutes=10)}
    with serving(shop, machine_clock=clock, options=options) as served:
        due = clock.now()
        clock.advance(seconds=600)
        assert served.service._tick(due) is not None  # just in time
        clock.advance(seconds=1)
        served.service._tick(due)()
        assert served.tick().outcome is TickOutcome.MISSED
        assert served.outcomes() == {"success": 1, "missed": 1}
    assert "run left out reason=missed" in caplog.text
    assert "late=601s" in caplog.text


def test_a_schedule_that_changes_in_the_policy_is_followed_and_options_win(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "kam_sync")
    shop.write_policy(schedule={"cron": "15 4 * * *", "timezone": "Asia/Kathmandu"})
    with serving(shop, options={"jitter": dt.timedelta(0)}) as served:
        clockwork = served.service._clockwork
        assert clockwork is not None
        assert clockwork.next_time is not None
        assert f"{clockwork.next_time:%H:%M}" == "22:30"
        shop.write_policy(schedule={"cron": "45 5 * * mon-fri", "grace": "2m"})
        served.run()
        assert f"{clockwork.next_time:%H:%M}" == "05:45"
        assert served.service.grace == dt.timedelta(minutes=2)
        assert 'schedule changed runs="at \\"45 5 * * mon-fri\\" in UTC"' in caplog.text
        shop.write_policy()
        served.run()
        assert f"{clockwork.next_time:%H:%M}" == "05:45"
        assert "says no longer when to run" in caplog.text


def test_a_service_that_never_runs_says_so_at_the_start(shop: Shop) -> None:
    with pytest.raises(ConfigError, match="say when to run"), serving(shop, options={}):
        pass
    shop.policy_path.write_text("version: 1\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="orgs"), serving(shop):
        pass


def test_nothing_is_written_without_apply_and_a_dry_run_is_no_success_of_runs_that_write(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kam_sync.session.load_connector", lambda name: hooked(name, shop.hooks))
    success = ("kam_sync_last_success_timestamp_seconds", frozenset({("org", "org")}))
    with serving(shop, apply=False) as served:
        assert served.run().outcome is TickOutcome.SUCCESS
        assert success in served.metrics()
    assert shop.open_tasks() == []
    shop.hooks.append(crash)
    with serving(shop) as served:
        assert served.run().outcome is TickOutcome.CRASHED
        assert success not in served.metrics()
        shop.hooks.clear()
        assert served.run().outcome is TickOutcome.SUCCESS
        assert success in served.metrics()


def test_it_runs_once_at_the_start_when_it_is_told_to(shop: Shop) -> None:
    with serving(shop, options={"every": dt.timedelta(days=30), "once_at_start": True}) as served:
        assert served.tick().outcome is TickOutcome.SUCCESS
    with Store.at(shop.folder / "kam-sync.db") as store:
        assert len(list_runs(store)) == 1


def test_a_heartbeat_that_cannot_be_written_is_said_and_ends_nothing(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(shop) as served:
        served.heartbeat.mkdir()
        tick = served.run()
        assert tick.outcome is TickOutcome.SUCCESS
        assert "cannot be written" in str(tick.error)
        assert "cannot be written" in caplog.text
        served.heartbeat.rmdir()
        assert served.run().error is None
