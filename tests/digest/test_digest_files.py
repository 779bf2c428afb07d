"""Digests as files: whole or not there, for their owner's eyes, under names that a person's name cannot break."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from digest.digest_facts import WEEK, facts, failing
from digest.digest_sending import Office, office
from kam_sync.digesting import filing
from kam_sync.digesting.building import build_digests
from kam_sync.digesting.filing import file_name
from kam_sync.digesting.sending import DeliveryOutcome
from kam_sync.records import User
from kam_sync.store import Store

SECTION = "digest: {owners: [files], portfolio: [files], channels: {files: {kind: file, folder: out/digests}}}\n"


def named(name: str) -> str:
    user = User(id="u", name=name, email="u@vendor.example")
    _, own = build_digests([facts(users={"u": user}, findings=(failing("u"),))], WEEK)
    return file_name(own)


@pytest.fixture
def sender(store: Store, folder: Path) -> Office:
    return office(store, folder, SECTION)


def test_a_text_and_a_page_are_written_for_their_owner_only(sender: Office, folder: Path) -> None:
    os.umask(os.umask(0))
    assert sender.one().outcome is DeliveryOutcome.SENT
    files = sorted((folder / "out" / "digests").iterdir())
    assert [file.name for file in files] == ["2026-W47-portfolio.html", "2026-W47-portfolio.txt"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(files[0].parent.stat().st_mode) == 0o700


def test_names_of_files_are_plain_and_never_the_same_for_two() -> None:
    assert named("Amal Haddad").startswith("2026-W47-amal-haddad-")
    assert named("../../etc/passwd\x00").startswith("2026-W47-etc-passwd-")
    assert len(named("山田 太郎")) == len("2026-W47-") + 8
    assert len(named("x" * 500)) < 70


def test_a_writing_that_was_cut_off_is_made_again(
    sender: Office, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class KilledError(BaseException):
        """The process is gone."""

    def killed(path: Path) -> None:
        raise KilledError(path)

    with monkeypatch.context() as patch:
        patch.setattr(filing, "replacing", killed)
        with pytest.raises(KilledError):
            sender.send()
    assert sender.one().outcome is DeliveryOutcome.IN_PROGRESS
    sender.clock.advance(hours=1)
    assert sender.one().outcome is DeliveryOutcome.SENT
    assert len(list((folder / "out" / "digests").iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_said(sender: Office, folder: Path) -> None:
    (folder / "out").write_text("a file where the folder should be", encoding="utf-8")
    delivery = sender.one()
    assert delivery.outcome is DeliveryOutcome.FAILED
    assert "cannot write into" in delivery.problem
    (folder / "out").unlink()
    assert sender.one().outcome is DeliveryOutcome.SENT
