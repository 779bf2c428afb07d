"""The words of a digest, once for every channel: a title, sections of lines and tables, what was solved first. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from kam_sync.digesting.building import SOON_DAYS, AsOf, Digest, OwnerRow
from kam_sync.digesting.facts import Fact, LiveTask, OpenFinding
from kam_sync.digesting.gathering import REVIEW_DAYS
from kam_sync.escaping import one_line, web_link
from kam_sync.ports import Line, SetupFinding

MOST_LINES: Final = 15
"""Lines of a section; how many more there are is said."""
ALL_CLEAR: Final = "All clear: nothing is open."


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with lines below it."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A heading with rows below it; all but the first column are numbers, except that the last may be a note."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A digest in words: every text is one line, every URL leads to a web page."""

    title: str
    lead: str
    sections: tuple[Section | Table, ...]
    footer: tuple[str, ...]


def present(digest: Digest) -> Document:
    """Return a digest in words."""
    sections = (*_sections(digest), *(_portfolio_sections(digest) if digest.is_portfolio else ()))
    return Document(
        title=one_line(title(digest)),
        lead=one_line(_lead(digest)),
        sections=tuple(section for section in sections if _is_filled(section)),
        footer=tuple(one_line(line) for line in _footer(digest)),
    )


def title(digest: Digest) -> str:
    """Return the title of a digest, which is the subject of its mail."""
    new = len(digest.new) + len(digest.returned)
    counts = f"{len(digest.solved)} solved, {new} new, {digest.open_count} open"
    whose = "Portfolio digest" if digest.is_portfolio else "Your key accounts"
    return f"{whose}, week {digest.period.name}: {counts if not digest.all_clear or digest.solved else 'all clear'}"


def _lead(digest: Digest) -> str:
    greeting = f"{digest.name}: your week" if digest.name else "The week"
    accounts = _counted(digest.accounts, "key account")
    lead = f"{greeting} from {digest.period.first} to {digest.period.last} with {accounts}."
    return f"{lead} {ALL_CLEAR}" if digest.all_clear else lead


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is_filled(section: Section | Table) -> bool:
    return bool(section.lines if isinstance(section, Section) else section.rows)


# -- what everybody is told -------------------------------------------------------------------------------------------


def _sections(digest: Digest) -> Iterator[Section]:
    of_org = _OrgNames(digest.as_of)
    solved = [_line(f"{of_org(s)}: {s.what} ({s.code}), solved by {s.on}", s) for s in digest.solved]
    yield _section(f"Solved this week: {len(solved)}", solved)
    closed = [_line(f"{task.subject}, closed on {task.on}", task) for task in digest.closed]
    yield _section(f"Tasks closed since all was solved: {len(closed)}", closed)
    yield _section(f"Back again: {len(digest.returned)}", [_finding(of_org, f) for f in digest.returned])
    yield _section(f"New this week: {len(digest.new)}", [_finding(of_org, f) for f in digest.new])
    yield _section(f"Overdue tasks: {len(digest.overdue)}", [_task(task, "was due on") for task in digest.overdue])
    soon = [_task(task, "due on") for task in digest.due_soon]
    yield _section(f"Tasks due within {SOON_DAYS} days: {len(soon)}", soon)
    yield _section(_open_heading(digest), [_finding(of_org, finding) for finding in digest.top])
    waiting = [_line(f"{w.severity.label}: {w.subject} ({w.cap})", w) for w in digest.waiting]
    yield _section(f"Tasks that wait in the queue: {len(waiting)}", waiting)
    reviews = [
        _line(f"{review.on}: {of_org(review)}{f', {review.plan}' if review.plan else ''}", review)
        for review in digest.reviews
    ]
    yield _section(f"Plan reviews in the next {REVIEW_DAYS} days: {len(reviews)}", reviews)


class _OrgNames:
    """Names an account, with its org where a digest speaks of several."""

    def __init__(self, as_of: Sequence[AsOf]) -> None:
        self._several = len(as_of) > 1

    def __call__(self, fact: Fact) -> str:
        account = fact.account or "the whole portfolio"
        return f"{account} ({fact.org})" if self._several else account


def _open_heading(digest: Digest) -> str:
    counts = ", ".join(f"{count} {severity.label}" for severity, count in digest.open.items())
    worst = f"; the {len(digest.top)} worst" if digest.open_count > len(digest.top) else ""
    return f"Open: {counts}{worst}"


def _finding(of_org: _OrgNames, finding: OpenFinding) -> Line:
    return _line(
        f"{finding.severity.label}: {of_org(finding)}: {finding.title} ({finding.code}, since {finding.since})", finding
    )


def _task(task: LiveTask, words: str) -> Line:
    return _line(f"{task.subject}, {words} {task.due_on}", task)


def _line(text: str, fact: Fact) -> Line:
    return Line(text=one_line(text), url=web_link(fact.url))


def _section(heading: str, lines: Iterable[Line]) -> Section:
    every = iter(lines)
    shown = list(islice(every, MOST_LINES))
    more = sum(1 for _ in every)
    if more:
        shown.append(Line(text=f"and {more} more"))
    return Section(heading=heading, lines=tuple(shown))


# -- what the head of the portfolio is told besides -------------------------------------------------------------------


def _portfolio_sections(digest: Digest) -> Iterator[Section | Table]:
    yield _trend(digest)
    yield Table(
        heading="By owner",
        columns=("owner", "accounts", "solved", "new", "open", "high or worse", "overdue tasks", "note"),
        rows=tuple(_owner(row) for row in digest.owners),
    )
    yield _section("Not judged", _unknown(digest))
    setup = [(needs.org, found) for needs in digest.needs for found in needs.setup]
    yield _section(f"To be set up: {len(setup)}", [_setup(org, found) for org, found in setup])


def _trend(digest: Digest) -> Section:
    week, before = digest.week, digest.week_before
    if week is None:
        return Section(heading="", lines=())
    rows = (
        ("began to fail", week.opened, before.opened if before else None),
        ("solved", week.solved, before.solved if before else None),
        ("failing at the end of the week, silenced ones too", week.failing, before.failing if before else None),
    )
    lines = [
        Line(text=f"{words}: {'none checked' if now is None else now}{_compared(then)}") for words, now, then in rows
    ]
    return Section(heading="Findings against the week before", lines=tuple(lines))


def _compared(then: int | None) -> str:
    return " (nothing was checked the week before)" if then is None else f" (the week before: {then})"


def _owner(row: OwnerRow) -> tuple[str, ...]:
    counts = (row.accounts, row.solved, row.new, row.open, row.severe, row.overdue)
    return (one_line(row.name), *map(str, counts), one_line(row.note))


def _unknown(digest: Digest) -> Iterator[Line]:
    for needs in digest.needs:
        for problem in needs.problems:
            yield Line(text=one_line(f"{needs.org}: {problem}"))
        if needs.unknown:
            worst = sorted(needs.unknown.items(), key=lambda entry: (-entry[1], entry[0]))
            codes = ", ".join(f"{code} on {_counted(count, 'account')}" for code, count in worst)
            yield Line(text=one_line(f"{needs.org}: left open: {codes}"))


def _setup(org: str, found: SetupFinding) -> Line:
    stops = " This stops all writing." if found.blocks_apply else ""
    return Line(text=one_line(f"{org}: {found.problem}. To do: {found.fix}.{stops}"))


# -- as of when -------------------------------------------------------------------------------------------------------


def _footer(digest: Digest) -> Iterator[str]:
    for as_of in digest.as_of:
        pulled = f", data of {as_of.pulled_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if as_of.pulled_at else ""
        checked = f"last checked on {as_of.checked_on}" if as_of.checked_on else "as of the last check"
        yield f"{as_of.org}: {checked}{pulled}."
        if as_of.checked_on is not None and as_of.checked_on < digest.period.last:
            yield f"{as_of.org} was not checked again before the week was over: what happened since is not in here."
    yield "kam-sync closes a task by itself as soon as everything in it is solved."
