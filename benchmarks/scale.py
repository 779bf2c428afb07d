"""API calls, time and peak memory of a dry run and a second run at 1,000 and 10,000 accounts, per local CRM.

Each measurement is a process of its own, and the local CRM another, so that the peak is kam-sync's alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kam_sync import job
from kam_sync.clock import ManualClock
from kam_sync.config import parse_policy
from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioFeedback,
    PortfolioPlan,
    PortfolioUser,
)
from kam_sync.records import ActivityKind, ActivityStatus, Grade, Role
from kam_sync.registry import load_local_crms, load_rules
from kam_sync.session import JobSettings
from kam_sync.store import Store

START = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)
MOST_GROWTH = 1.15
"""How much higher the peak may be with ten times the accounts."""


def portfolio(accounts: int) -> Portfolio:
    """Return an invented portfolio, some accounts with a gap.

    An account has three contacts, who all take part in its meetings, two open deals and a won one, five activities and
    a grade: what the rules that run by default read.
    """
    users = tuple(PortfolioUser(slug=f"u{n}", name=f"User {n}", email=f"u{n}@vendor.example") for n in range(40))

    def account(n: int) -> PortfolioAccount:
        owner = f"u{n % 40}"
        roles = {role: (owner,) for role in Role if n % 50 or role is not Role.INNOVATOR}
        past = [
            PortfolioActivity(
                kind=ActivityKind.MEETING,
                status=ActivityStatus.DONE,
                days=-5 * k,
                owner=owner,
                contacts=("c0", "c1", "c2"),
                attendees=(f"u{(n + 1) % 40}",),
            )
            for k in range(1, 4)
        ]
        ahead = [
            PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=9, owner=owner),
            PortfolioActivity(kind=ActivityKind.MEETING, status=ActivityStatus.OPEN, days=20, owner=owner),
        ]
        return PortfolioAccount(
            slug=f"a{n:06d}",
            name=f"Customer {n}",
            owner=owner,
            revenue=1000.0 * n,
            roles=roles,
            plan=PortfolioPlan(next_review_days=90),
            contacts=tuple(
                PortfolioContact(slug=f"c{k}", name=f"C {n} {k}", title=title, email=f"c{n}.{k}@c.example")
                for k, title in enumerate(("President", "Buyer", "Planner"))
            ),
            deals=(
                *(
                    PortfolioDeal(slug=f"d{n}-{k}", name=f"Deal {k}", owner=owner, close_days=60, next_step="Offer")
                    for k in range(2)
                ),
                PortfolioDeal(
                    slug=f"d{n}-won", name="Won", owner=owner, close_days=-60, amount=900, is_open=False, is_won=True
                ),
            ),
            activities=(*past, *ahead),
            feedback=(PortfolioFeedback(days=-30, grade=Grade.A),),
        )

    return Portfolio(name="Scale", users=users, accounts=tuple(account(n) for n in range(accounts)))


def serve(kind: str, accounts: int, folder: Path) -> None:
    """Serve a local CRM until standard input ends; print its settings."""
    crm = load_local_crms()[kind].start(folder, clock=ManualClock(START))
    crm.load(portfolio(accounts))
    print(json.dumps(dict(crm.org_settings)), flush=True)
    sys.stdin.read()
    crm.stop()


def measure(settings: str, folder: Path) -> None:
    """Run the job twice and print what it took."""
    clock = ManualClock(START)
    safety = "safety: {max_creates: 100000}"
    text = f"version: 1\norgs: {{org: {settings}}}\ntasks: {{fallback_assignee: u0@vendor.example}}\n{safety}\n"
    policy = parse_policy(text, path=folder / "kam-sync.yaml", rules=load_rules())
    given = JobSettings(clock=clock, sleep=lambda seconds: clock.advance(seconds=seconds))
    with Store.at(folder / "kam-sync.db") as store:
        figures = []
        for apply in (False, True, True):
            wall, cpu = time.perf_counter(), time.process_time()
            result = job.run(policy, store, given, apply=apply).orgs[0]
            if result.error is not None or result.usage is None:
                sys.exit(str(result.error))
            figures.append(
                {
                    "apply": apply,
                    "calls": result.usage.requests,
                    "written": result.apply.written if result.apply else 0,
                    "wall": round(time.perf_counter() - wall, 1),
                    "cpu": round(time.process_time() - cpu, 1),
                }
            )
    print(json.dumps({"runs": figures, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def compare(kind: str) -> bool:
    """Measure a local CRM at both sizes, print the figures, and return whether memory stays flat."""
    peaks = {}
    for accounts in (1_000, 10_000):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            command = [sys.executable, __file__]
            server = subprocess.Popen(  # noqa: S603 - this very script
                [*command, "--serve", kind, str(accounts), str(folder / "crm")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            if server.stdout is None:
                raise RuntimeError("the local CRM has no output")
            settings = server.stdout.readline()
            done = subprocess.run(  # noqa: S603 - this very script
                [*command, "--measure", settings, str(folder)], capture_output=True, text=True, check=False
            )
            server.communicate("")
            if done.returncode:
                sys.exit(done.stderr)
            figures = json.loads(done.stdout)
            peaks[accounts] = figures["peak_mb"]
            print(f"{kind}, {accounts} accounts: peak {figures['peak_mb']:.0f} MB")
            for run in figures["runs"]:
                print(f"  {'apply' if run['apply'] else 'dry run'}: {run}")
    growth = peaks[10_000] / peaks[1_000]
    print(f"{kind}: peak grows by {growth:.2f} with ten times the accounts (at most {MOST_GROWTH})")
    return growth <= MOST_GROWTH


def main() -> None:
    """Run the benchmark, or one of its processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", nargs=3, metavar=("KIND", "ACCOUNTS", "FOLDER"))
    parser.add_argument("--measure", nargs=2, metavar=("SETTINGS", "FOLDER"))
    given = parser.parse_args()
    if given.serve:
        serve(given.serve[0], int(given.serve[1]), Path(given.serve[2]))
    elif given.measure:
        measure(given.measure[0], Path(given.measure[1]))
    else:
        flat = [compare(kind) for kind in load_local_crms()]
        sys.exit(0 if all(flat) else 1)


if __name__ == "__main__":
    main()
