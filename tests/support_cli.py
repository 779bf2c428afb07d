"""The command line in this process, over a small org in memory and a clock that stands still."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kam_sync.cli import main
from kam_sync.clock import ManualClock
from kam_sync.portfolio import Portfolio, PortfolioAccount, PortfolioContact, PortfolioDeal, PortfolioPlan
from kam_sync.records import Role
from kam_sync.testing.memory import MemoryCrm
from support_memory import START, USERS, healthy

MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
MARKUP = "[bold red]Rot[/] & <b>Fett</b> :smile:"
"""An account's name that careless output would obey."""
FORMULA = '=HYPERLINK("http://evil.example","Angebot")'
ESCAPES = "Weiß\x1b[31mrot\u202eлевша\nneu"

POLICY = """\
version: 1
orgs:
  main:
    connector: memory
    crm: {crm}
rules:
  select: [KAM101, KAM201, KAM203]
tasks:
  fallback_assignee: ines@vendor.example
"""


@contextlib.contextmanager
def memory_folder() -> Iterator[Path]:
    """Give a folder on the memory disk where there is one, since every commit waits for the disk."""
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if MEMORY_DISK.is_dir() else None) as name:
        yield Path(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(slots=True, kw_only=True)
class CommandLine:
    """Calls `kam-sync` in a folder with a policy file for an org in memory."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    crm: MemoryCrm = field(init=False)

    def __post_init__(self) -> None:
        self.crm = MemoryCrm(uuid.uuid4().hex, self.clock)
        self.crm.load(Portfolio(name="Vendor", users=USERS, accounts=ACCOUNTS))
        self.write_policy(POLICY)

    def write_policy(self, text: str) -> None:
        (self.folder / "kam-sync.yaml").write_text(text.replace("{crm}", self.crm.crm_name), encoding="utf-8")

    def __call__(self, *words: str) -> Answer:
        self.capsys.readouterr()
        code = main(words, clock=self.clock, sleep=lambda _seconds: None)
        captured = self.capsys.readouterr()
        return Answer(code=code, out=captured.out, err=captured.err)

    def done(self, *words: str) -> Answer:
        """Call and expect that all went well."""
        answer = self(*words)
        assert answer.code == 0, answer.all
        return answer


def _without_roles(slug: str, name: str) -> PortfolioAccount:
    return healthy(slug, name=name, roles={})


ACCOUNTS = (
    # One healthy account keeps every kind of record and every field in use.
    healthy(
        "anchor",
        owner="ines",
        roles=dict.fromkeys(Role, ("ines",)),
        plan=PortfolioPlan(last_review_days=-10, next_review_days=9000),
        contacts=(PortfolioContact(name="Siobhán Ó Duibhír", title="Buyer", email="siobhan@anchor.example"),),
        deals=(PortfolioDeal(slug="won", name="Rollers", owner="ines", close_days=-40, is_open=False, is_won=True),),
    ),
    _without_roles("markup", MARKUP),
    _without_roles("formula", FORMULA),
    healthy("escapes", name=ESCAPES, plan=None, owner="bo"),
    healthy("silent", name="Still & Co", activities=(), plan=PortfolioPlan(next_review_days=9000), owner="bo"),
)
