"""The words of a digest, once for every channel: a title, sections of lines and tables, what was solved first. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from kam_sync.digesting.building import SOON_DAYS, AsOf, Digest, OwnerRow
from kam_sync.digesting.facts import Fact, LiveTask, OpenFinding, SolvedFinding, WeekCounts
from kam_sync.digesting.gathering import REVIEW_DAYS
from kam_sync.escaping import one_line, web_link
from kam_sync.ports import SetupFinding

FactT = TypeVar("FactT", bound=Fact)

MOST_LINES: Final = 10
"""Lines of a section; how many more there are is said."""
ACCOUNTS: Final = "more accounts"
MOST_TITLES: Final = 3
"""Findings of one account that are told in one line."""
MOST_SETUP: Final = 5
"""Lines about what should be set up; `doctor` lists them all."""
ALL_CLEAR: Final = "All clear: nothing is open."


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: what it is about, which `url` leads to where there is one, and what is to be said of it."""

    label: str = ""
    text: str
    url: str | None = None

    @property
    def plain(self) -> str:
        """The line in words."""
        return f"{self.label}: {self.text}" if self.label else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading with lines below it."""

    heading: str
    lines: tuple[Entry, ...]


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
    sections = (*_credit(digest), *_figures(digest), *_asks(digest), *_lacks(digest))
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


def _credit(digest: Digest) -> Iterator[Section]:
    of_org = _OrgNames(digest.as_of)
    solved = _by_account(of_org, digest.solved, _solved)
    yield _section(f"Solved this week: {len(digest.solved)}", solved, rest=ACCOUNTS)
    closed = [_entry(of_org(task), f"{task.request}, closed on {task.on}", task) for task in digest.closed]
    yield _section(f"Tasks closed since all was solved: {len(closed)}", closed)


def _asks(digest: Digest) -> Iterator[Section]:
    of_org = _OrgNames(digest.as_of)
    yield _section(f"Back again: {len(digest.returned)}", _by_account(of_org, digest.returned, _begun), rest=ACCOUNTS)
    yield _section(f"New this week: {len(digest.new)}", _by_account(of_org, digest.new, _begun), rest=ACCOUNTS)
    yield _section(
        f"Overdue tasks: {len(digest.overdue)}", [_task(of_org, task, "was due on") for task in digest.overdue]
    )
    soon = [_task(of_org, task, "due on") for task in digest.due_soon]
    yield _section(f"Tasks due within {SOON_DAYS} days: {len(soon)}", soon)
    yield _section(_open_heading(digest), [_finding(of_org, finding) for finding in digest.top])
    waiting = [
        _entry(of_org(task), f"{task.request} ({task.severity.label}; {task.cap})", task) for task in digest.waiting
    ]
    yield _section(f"Tasks that wait in the queue: {len(waiting)}", waiting)
    reviews = [
        _entry(of_org(review), f"{review.plan}, due on {review.on}" if review.plan else f"due on {review.on}", review)
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


def _by_account(of_org: _OrgNames, facts: Iterable[FactT], words: Callable[[FactT], str]) -> Iterator[Entry]:
    """Yield a line for each account with what is to be said of it, in the order in which accounts come first."""
    groups: dict[tuple[str, str], list[FactT]] = {}
    for fact in facts:
        groups.setdefault((fact.org, fact.account), []).append(fact)
    for group in groups.values():
        told = "; ".join(words(fact) for fact in group[:MOST_TITLES])
        more = f"; and {len(group) - MOST_TITLES} more" if len(group) > MOST_TITLES else ""
        yield _entry(of_org(group[0]), f"{told}{more}", group[0])


def _solved(solved: SolvedFinding) -> str:
    return f"“{solved.what}” ({solved.code}, solved by {solved.on})"


def _begun(finding: OpenFinding) -> str:
    return f"{finding.title} ({finding.code}, {finding.severity.label})"


def _open_heading(digest: Digest) -> str:
    counts = ", ".join(f"{count} {severity.label}" for severity, count in digest.open.items())
    worst = f"; the {len(digest.top)} worst" if digest.open_count > len(digest.top) else ""
    return f"Open: {counts}{worst}"


def _finding(of_org: _OrgNames, finding: OpenFinding) -> Entry:
    words = f"{finding.title} ({finding.code}, {finding.severity.label}, since {finding.since})"
    return _entry(of_org(finding), words, finding)


def _task(of_org: _OrgNames, task: LiveTask, words: str) -> Entry:
    return _entry(of_org(task), f"{task.request}, {words} {task.due_on}", task)


def _entry(label: str, text: str, fact: Fact) -> Entry:
    return Entry(label=one_line(label), text=one_line(text), url=web_link(fact.url))


def _section(heading: str, lines: Iterable[Entry], *, most: int = MOST_LINES, rest: str = "more") -> Section:
    """Return a section with at most so many lines; `rest` says what the others are, or where."""
    every = tuple(lines)
    more = len(every) - most
    last = (Entry(text=f"and {more} {rest}"),) if more > 0 else ()
    return Section(heading=heading, lines=(*every[:most], *last))


# -- what the head of the portfolio is told besides -------------------------------------------------------------------


def _figures(digest: Digest) -> Iterator[Section | Table]:
    yield _trend(digest)
    yield Table(
        heading="By owner",
        columns=("owner", "accounts", "solved", "new", "open", "high or worse", "overdue tasks", "note"),
        rows=tuple(_owner(row) for row in digest.owners),
    )


def _lacks(digest: Digest) -> Iterator[Section]:
    yield _section("Not judged", _unknown(digest))
    setup = [(needs.org, found) for needs in digest.needs for found in needs.setup]
    setup.sort(key=lambda entry: not entry[1].blocks_apply)
    lines = [_setup(org, found) for org, found in setup]
    yield _section(f"To be set up: {len(setup)}", lines, most=MOST_SETUP, rest="more; `kam-sync doctor` lists them")


def _trend(digest: Digest) -> Section:
    week, before = digest.week, digest.week_before
    if week is None:
        return Section(heading="", lines=())
    then = _counts(before) if before is not None else "nothing was checked yet, so there is nothing to compare with"
    lines = (Entry(label="this week", text=_counts(week)), Entry(label="the week before", text=then))
    return Section(heading="Findings against the week before, silenced ones too", lines=lines)


def _counts(week: WeekCounts) -> str:
    failing = "" if week.failing is None else f", {week.failing} failing at its end"
    return f"{week.opened} began to fail, {week.solved} solved{failing}"


def _owner(row: OwnerRow) -> tuple[str, ...]:
    counts = (row.accounts, row.solved, row.new, row.open, row.severe, row.overdue)
    return (one_line(row.name), *map(str, counts), one_line(row.note))


def _unknown(digest: Digest) -> Iterator[Entry]:
    for needs in digest.needs:
        for problem in needs.problems:
            yield Entry(label=one_line(needs.org), text=one_line(problem))
        if needs.unknown:
            worst = sorted(needs.unknown.items(), key=lambda entry: (-entry[1], entry[0]))
            codes = ", ".join(f"{code} on {_counted(count, 'account')}" for code, count in worst[:MOST_SETUP])
            more = f", and {len(worst) - MOST_SETUP} more rules" if len(worst) > MOST_SETUP else ""
            yield Entry(label=one_line(needs.org), text=one_line(f"something is left open by {codes}{more}"))


def _setup(org: str, found: SetupFinding) -> Entry:
    stops = " This stops all writing." if found.blocks_apply else ""
    return Entry(label=one_line(org), text=one_line(f"{found.problem}. To do: {found.fix}.{stops}"))


# -- as of when -------------------------------------------------------------------------------------------------------


def _footer(digest: Digest) -> Iterator[str]:
    for as_of in digest.as_of:
        pulled = f", data of {as_of.pulled_at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC" if as_of.pulled_at else ""
        checked = f"last checked on {as_of.checked_on}" if as_of.checked_on else "as of the last check"
        yield f"{as_of.org}: {checked}{pulled}."
        if as_of.checked_on is not None and as_of.checked_on < digest.period.last:
            yield f"{as_of.org} was not checked again before the week was over: what happened since is not in here."
    yield "kam-sync closes a task by itself as soon as everything in it is solved."
