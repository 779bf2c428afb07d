"""Keeping a report in a file: private, whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kam_sync.errors import ConfigError
from kam_sync.reporting import saving
from kam_sync.reporting.exports import report_csv
from kam_sync.reporting.formats import ReportFormat
from kam_sync.reporting.saving import save_report
from support_reporting import large, sample


def test_only_its_owner_can_read_it(folder: Path) -> None:
    file = folder / "report.csv"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o644)
    save_report(sample(), file, ReportFormat.CSV)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text(encoding="utf-8") == report_csv(sample())
    assert [entry.name for entry in folder.iterdir()] == ["report.csv"]


def test_an_earlier_report_stays_until_the_new_one_is_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "report.html"
    file.write_text("old", encoding="utf-8")

    def broken(*_given: object) -> Iterator[str]:
        yield "half"
        raise KeyboardInterrupt

    monkeypatch.setattr(saving, "_parts", broken)
    with pytest.raises(KeyboardInterrupt):
        save_report(sample(), file)
    assert file.read_text(encoding="utf-8") == "old"
    assert [entry.name for entry in folder.iterdir()] == ["report.html"]


def test_a_link_stays_a_link(folder: Path) -> None:
    (folder / "real").mkdir()
    link = folder / "latest.json"
    link.symlink_to(folder / "real" / "report.json")
    save_report(large(1), link, ReportFormat.JSON)
    assert link.is_symlink()
    assert (folder / "real" / "report.json").read_text(encoding="utf-8").startswith("{")


def test_a_pipe_is_written_and_not_replaced(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    save_report(large(1), pipe, ReportFormat.CSV)
    reader.join(timeout=10)
    assert read == [report_csv(large(1))]
    assert pipe.is_fifo()


@pytest.mark.parametrize("place", ["no/such/folder/report.csv", "."])
def test_a_file_that_cannot_be_written_is_named(folder: Path, place: str) -> None:
    with pytest.raises(ConfigError, match=r"cannot write the report .*; name another file"):
        save_report(large(1), folder / place, ReportFormat.CSV)
