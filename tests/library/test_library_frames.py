"""Findings as data frames of pandas and polars, for those who have them."""

from __future__ import annotations

import datetime as dt
import sys

import pytest

from kam_sync.engine import Finding
from kam_sync.errors import ConfigError
from kam_sync.explaining import OrgFinding
from kam_sync.rules_api import Evidence, Problem
from kam_sync.severity import Severity
from kam_sync.tabulating import COLUMNS, FindingsTable, table_of


def _found(code: str, severity: Severity) -> OrgFinding:
    problem = Problem(
        title="Nobody leads",
        evidence=(Evidence(text="=1+1"), Evidence(text="β")),
        why="W.",
        action="A.",
        done_when="D.",
    )
    finding = Finding(
        fingerprint=code, code=code, name="n", topic="roles", account_id="1", severity=severity, problem=problem
    )
    return OrgFinding(org="emea", account_id="1", account_name="Żubr", since=dt.date(2026, 3, 2), finding=finding)


@pytest.fixture
def table() -> FindingsTable:
    return table_of([_found("KAM101", Severity.LOW), _found("KAM201", Severity.CRITICAL)])


def test_a_pandas_frame_has_a_row_for_each_finding(table: FindingsTable) -> None:
    pd = pytest.importorskip("pandas", reason="pandas is not installed: pip install 'kam-sync[pandas]'")
    frame = table.to_pandas()
    assert tuple(frame.columns) == COLUMNS
    assert list(frame.sort_values("severity", ascending=False)["code"]) == ["KAM201", "KAM101"]
    assert list(frame.loc[frame["severity"] >= "high", "account"]) == ["Żubr"]
    assert frame["since"].iloc[0] == pd.Timestamp("2026-03-02")
    assert frame["evidence"].iloc[0] == ("=1+1", "β")


def test_a_polars_frame_has_a_row_for_each_finding(table: FindingsTable) -> None:
    pl = pytest.importorskip("polars", reason="polars is not installed: pip install 'kam-sync[polars]'")
    frame = table.to_polars()
    assert tuple(frame.columns) == COLUMNS
    assert frame.sort("severity", descending=True)["code"].to_list() == ["KAM201", "KAM101"]
    assert frame.schema["since"] == pl.Date
    assert frame["evidence"].to_list()[0] == ["=1+1", "β"]


def test_frames_of_no_findings_have_the_same_columns_and_types(table: FindingsTable) -> None:
    empty = FindingsTable(rows=())
    pytest.importorskip("pandas", reason="pandas is not installed: pip install 'kam-sync[pandas]'")
    assert tuple(empty.to_pandas().columns) == COLUMNS
    assert empty.to_pandas().dtypes["severity"] == table.to_pandas().dtypes["severity"]
    assert empty.to_pandas().dtypes["since"].kind == table.to_pandas().dtypes["since"].kind == "M"
    pytest.importorskip("polars", reason="polars is not installed: pip install 'kam-sync[polars]'")
    assert empty.to_polars().schema == table.to_polars().schema


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_package_that_is_missing_is_named_with_what_installs_it(
    table: FindingsTable, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigError, match=rf"pip install 'kam-sync\[{package}\]'"):
        getattr(table, f"to_{package}")()
