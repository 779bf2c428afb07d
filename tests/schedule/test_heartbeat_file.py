"""The heartbeat file: what it says after a run, that it survives restarts and damage, and who may read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from kam_sync.clock import ManualClock
from kam_sync.errors import ConfigError
from kam_sync.heartbeat import (
    Heartbeat,
    HeartbeatFile,
    OrgVitals,
    TickOutcome,
    exposition,
    keep_heartbeat,
    parse_exposition,
)
from support_memory import START

COUNTS = st.integers(0, 10**9)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
VITALS = st.builds(
    OrgVitals,
    last_success=st.none() | st.floats(0, 4e9),
    exit_code=st.integers(0, 7),
    tasks_live=st.none() | COUNTS,
    queued=st.none() | COUNTS,
    api_requests=st.none() | COUNTS,
    findings=st.dictionaries(st.tuples(st.just("KAM101"), st.sampled_from(["low", "high"])), COUNTS),
    written=st.dictionaries(st.sampled_from(["create", "take back"]), COUNTS),
)


@settings(deadline=None)  # the machine may be busy
@given(
    st.builds(
        Heartbeat,
        last_run=st.none() | st.floats(0, 4e9),
        duration=st.none() | st.floats(0, 1e6),
        ticks=st.fixed_dictionaries(dict.fromkeys(TickOutcome, COUNTS)),
        orgs=st.dictionaries(NAMES, VITALS, max_size=3),
    )
)
def test_what_is_written_is_read_back(heartbeat: Heartbeat) -> None:
    assert parse_exposition(exposition(heartbeat)) == heartbeat


def test_it_is_what_the_node_exporter_takes() -> None:
    orgs = {"emea": OrgVitals(last_success=1.5, exit_code=0, findings={("KAM101", "high"): 3}, written={"create": 2})}
    text = exposition(Heartbeat(last_run=2.0, duration=0.5, ticks={TickOutcome.SUCCESS: 1}, orgs=orgs))
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert {name: family.type for name, family in families.items()} == {
        "kam_sync_ticks": "counter",
        "kam_sync_tasks_written": "counter",
        "kam_sync_last_run_timestamp_seconds": "gauge",
        "kam_sync_run_duration_seconds": "gauge",
        "kam_sync_last_success_timestamp_seconds": "gauge",
        "kam_sync_last_run_exit_code": "gauge",
        "kam_sync_tasks_live": "gauge",
        "kam_sync_queued": "gauge",
        "kam_sync_api_requests": "gauge",
        "kam_sync_findings": "gauge",
    }
    assert all(sample.timestamp is None for family in families.values() for sample in family.samples)
    assert all(family.documentation.endswith(".") for family in families.values())
    outcomes = {sample.labels["outcome"]: sample.value for sample in families["kam_sync_ticks"].samples}
    assert outcomes == {outcome.value: float(outcome is TickOutcome.SUCCESS) for outcome in TickOutcome}
    assert {key for family in families.values() for sample in family.samples for key in sample.labels} == {
        "outcome",
        "org",
        "rule",
        "severity",
        "step",
    }


def test_the_file_appears_in_one_piece_and_everybody_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        file = HeartbeatFile(tmp_path / "kam-sync.prom")
        assert list(tmp_path.iterdir()) == []
        file.count(TickOutcome.SKIPPED)
        file.count(TickOutcome.SKIPPED)
    finally:
        os.umask(before)
    assert [path.name for path in tmp_path.iterdir()] == ["kam-sync.prom"]
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o644
    assert file.load().ticks[TickOutcome.SKIPPED] == 2


def test_a_folder_that_is_not_there_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone/a\.prom cannot be written: No such file or directory"):
        HeartbeatFile(tmp_path / "gone" / "a.prom")


@pytest.mark.parametrize(
    "damage",
    [
        "kam_sync_ticks_total{outcome=",
        'kam_sync_ticks_total{outcome="strange"} 1\n',
        'kam_sync_ticks_total{outcome="success"} NaN\n',
        'kam_sync_ticks_total{outcome="success"} +Inf\n',
        "kam_sync_ticks_total 1\n",
        "\xff\xfe",
    ],
)
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    file = HeartbeatFile(tmp_path / "kam-sync.prom")
    file.path.write_bytes(damage.encode("latin-1"))
    file.count(TickOutcome.MISSED)
    assert file.load() == Heartbeat(ticks={o: int(o is TickOutcome.MISSED) for o in TickOutcome})
    assert "is begun anew" in caplog.text


@pytest.mark.parametrize(
    ("error", "outcome", "code"),
    [
        (ConfigError("no"), TickOutcome.FAILED, 2),
        (ValueError("no"), TickOutcome.CRASHED, 1),
        (SystemExit(143), TickOutcome.STOPPED, 1),
        (KeyboardInterrupt(), TickOutcome.STOPPED, 1),
    ],
)
def test_a_run_that_did_not_get_to_its_orgs_changes_nothing_but_how_it_ended(
    tmp_path: Path, error: BaseException, outcome: TickOutcome, code: int
) -> None:
    file = HeartbeatFile(tmp_path / "kam-sync.prom")
    vitals = OrgVitals(last_success=7.0, exit_code=0, tasks_live=3, queued=1, findings={("KAM101", "high"): 3})
    file.save(Heartbeat(last_run=8.0, duration=1.0, orgs={"emea": vitals}))
    clock = ManualClock(START)

    def run() -> None:
        with keep_heartbeat(file, clock):
            clock.advance(seconds=5)
            raise error

    with pytest.raises(type(error)):
        run()
    found = file.load()
    assert found.orgs["emea"] == OrgVitals(
        last_success=7.0, exit_code=code, tasks_live=3, queued=1, findings={("KAM101", "high"): 3}
    )
    assert (found.last_run, found.duration) == (START.timestamp() + 5, 5.0)
    assert {o: n for o, n in found.ticks.items() if n} == {outcome: 1}
