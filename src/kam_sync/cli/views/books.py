"""The books: runs, task links, and what recovering found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from kam_sync.cli.blocks import Block, Line, Table, Tone, table
from kam_sync.lifecycle import TaskLink
from kam_sync.store.runs import RunRecord
from kam_sync.upkeep import Recovery
from kam_sync.watching import OrgHealth

_COUNTS = ("accounts", "findings", "queued", "written", "api_calls", "exit_code")


def runs_table(runs: Iterable[RunRecord]) -> Table:
    """Show runs, newest first."""
    return table(
        "run",
        "org",
        "started (UTC)",
        "mode",
        *(name.replace("_", " ") for name in _COUNTS),
        rows=[
            (
                run.id,
                run.org,
                f"{run.started_at:%Y-%m-%d %H:%M}",
                "apply" if run.applied else "dry",
                *(_count(run, name) for name in _COUNTS),
            )
            for run in runs
        ],
    )


def _count(run: RunRecord, name: str) -> str:
    if run.finished_at is None:
        return "cut off" if name == "exit_code" else ""
    value = run.summary.get(name)
    return "" if value is None else str(value)


def health_table(found: Iterable[OrgHealth], now: dt.datetime) -> Table:
    """Show when each org was last done in full."""
    return table(
        "org",
        "last done in full (UTC)",
        "ago",
        "healthy",
        rows=[
            (
                each.org,
                f"{each.last_success:%Y-%m-%d %H:%M}" if each.last_success is not None else "never",
                _ago(now - each.last_success) if each.last_success is not None else "",
                Line("yes", Tone.GOOD) if each.healthy else Line("no", Tone.BAD),
            )
            for each in found
        ],
    )


def _ago(length: dt.timedelta) -> str:
    minutes = max(length // dt.timedelta(minutes=1), 0)
    return f"{minutes // 60} h {minutes % 60} min"


def links_table(links: Iterable[tuple[str, str, TaskLink]]) -> Table:
    """Show task links; each comes with its org's name and its account's name."""
    return table(
        "org",
        "account",
        "topic",
        "state",
        "episode",
        "task",
        "until",
        "speaks of",
        rows=[
            (
                org,
                account,
                link.topic,
                link.state.value,
                str(link.episode),
                link.task_id,
                link.until.isoformat() if link.until else "",
                ", ".join(dict.fromkeys(finding.code for finding in link.findings)),
            )
            for org, account, link in links
        ],
    )


def recovery_blocks(recoveries: Mapping[str, Recovery]) -> Iterator[Block]:
    """Show what recovering took over."""
    for org, recovery in recoveries.items():
        yield Line(f"{org}: {recovery.adopted} tasks taken over", Tone.GOOD)
        for key in recovery.left:
            yield Line(f"{org}: the task with the key {key} belongs to no account and topic of this policy")
