"""Building digests out of facts: who is told what, and in which order. Pure: no store, no clock, no text."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from kam_sync.digesting.facts import (
    ClosedTask,
    DueReview,
    Fact,
    LiveTask,
    OpenFinding,
    OrgFacts,
    SolvedFinding,
    WaitingTask,
    WeekCounts,
)
from kam_sync.digesting.people import PORTFOLIO, People, Person, people_of
from kam_sync.digesting.periods import Period
from kam_sync.ports import SetupFinding
from kam_sync.severity import Severity

SOON_DAYS: Final = 7
"""A task that is due within so many days is due soon."""
TOP: Final = 5
"""Open findings that are named: the worst first, and of equally bad ones the oldest."""

FactT = TypeVar("FactT", bound=Fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """As of when an org is told of: the day of its last check in its time zone, and when it was pulled, UTC."""

    org: str
    org_uid: str
    checked_on: dt.date | None
    pulled_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRow:
    """One line of the portfolio's table; `note` says why nobody is told, and is empty where somebody is."""

    name: str
    accounts: int
    solved: int
    new: int
    open: int
    severe: int
    overdue: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgNeeds:
    """What an org still needs: what should be set up, what rules leave open, what else is not known."""

    org: str
    setup: tuple[SetupFinding, ...] = ()
    unknown: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One digest: what a person, or the head of the portfolio, is told about a week.

    Args:
        audience: Who it is for, `portfolio` or a hash that stands for a person.
        name: The person's name; empty for the portfolio.
        address: The person's e-mail address as the CRM knows it; None where it knows none, and for the portfolio.
        period: The week.
        as_of: As of when each org is told of.
        accounts: How many accounts in scope it is about.
        solved: What was solved in the week and still is, newest first.
        closed: Tasks closed in the week since all was solved.
        returned: What was solved once and failed again in the week.
        new: What began to fail in the week.
        overdue: Open tasks whose date has passed, oldest first.
        due_soon: Open tasks due within a week, the nearest first.
        later: How many more open tasks there are.
        open: Severity → open findings, the worst first.
        top: The worst open findings.
        waiting: What waits behind a cap.
        reviews: Plan reviews to come, the nearest first.
        owners: For the portfolio: everybody who has something.
        week: For the portfolio: counts of the week; None for a person.
        week_before: The same of the week before; None where nothing was checked then.
        needs: For the portfolio: what orgs still need.
    """

    audience: str
    name: str = ""
    address: str | None = None
    period: Period
    as_of: tuple[AsOf, ...] = ()
    accounts: int = 0
    solved: tuple[SolvedFinding, ...] = ()
    closed: tuple[ClosedTask, ...] = ()
    returned: tuple[OpenFinding, ...] = ()
    new: tuple[OpenFinding, ...] = ()
    overdue: tuple[LiveTask, ...] = ()
    due_soon: tuple[LiveTask, ...] = ()
    later: int = 0
    open: Mapping[Severity, int] = field(default_factory=dict)
    top: tuple[OpenFinding, ...] = ()
    waiting: tuple[WaitingTask, ...] = ()
    reviews: tuple[DueReview, ...] = ()
    owners: tuple[OwnerRow, ...] = ()
    week: WeekCounts | None = None
    week_before: WeekCounts | None = None
    needs: tuple[OrgNeeds, ...] = ()

    @property
    def is_portfolio(self) -> bool:
        """Whether it is the one about everything."""
        return self.audience == PORTFOLIO

    @property
    def open_count(self) -> int:
        """How many findings are open."""
        return sum(self.open.values())

    @property
    def all_clear(self) -> bool:
        """Whether nothing asks for anybody."""
        return not (self.open_count or self.overdue or self.due_soon or self.later or self.waiting)


def build_digests(orgs: Sequence[OrgFacts], period: Period) -> tuple[Digest, ...]:
    """Return the portfolio's digest, then one for everybody who has an account or anything to be told, by name."""
    people = people_of(orgs)
    told: dict[str, list[OrgFacts]] = {}
    untold: dict[str, list[OrgFacts]] = {}
    persons: dict[str, Person] = {}
    for facts in orgs:
        for whose, part in _divided(facts, people).items():
            if isinstance(whose, Person):
                persons[whose.audience] = whose
                told.setdefault(whose.audience, []).append(part)
            else:
                untold.setdefault(whose, []).append(part)
    ordered = sorted(persons.values(), key=lambda person: (person.name.casefold(), person.audience))
    own = tuple(
        replace(
            _digest(told[person.audience], period), audience=person.audience, name=person.name, address=person.address
        )
        for person in ordered
    )
    rows = (
        *(_row(digest, digest.name, "" if digest.address else "no e-mail address in the CRM") for digest in own),
        *(_row(_digest(parts, period), "(nobody)", reason) for reason, parts in sorted(untold.items()) if reason),
    )
    return (_portfolio(orgs, period, rows), *own)


def _divided(facts: OrgFacts, people: People) -> Mapping[Person | str, OrgFacts]:
    """Return the part of an org's facts that concerns each person, or what nobody is told of by the reason why.

    What is about the portfolio as a whole is for nobody by itself: its reason is empty.
    """

    def whose(fact: Fact) -> Person | str:
        return people.of(fact) or (people.reason(fact) if fact.account or fact.user_id else "")

    findings, solved = _grouped(facts.findings, whose), _grouped(facts.solved, whose)
    live, closed = _grouped(facts.live, whose), _grouped(facts.closed, whose)
    waiting, reviews = _grouped(facts.waiting, whose), _grouped(facts.reviews, whose)
    accounts: Counter[Person | str] = Counter()
    for user_id, count in facts.accounts.items():
        accounts[whose(Fact(org=facts.org, account="*", user_id=user_id))] += count
    everybody = {**findings, **solved, **live, **closed, **waiting, **reviews, **accounts}
    return {
        who: replace(
            facts,
            accounts={None: accounts[who]},
            findings=findings.get(who, ()),
            solved=solved.get(who, ()),
            live=live.get(who, ()),
            closed=closed.get(who, ()),
            waiting=waiting.get(who, ()),
            reviews=reviews.get(who, ()),
        )
        for who in everybody
    }


def _grouped(facts: Iterable[FactT], whose: Callable[[Fact], Person | str]) -> Mapping[Person | str, tuple[FactT, ...]]:
    grouped: dict[Person | str, list[FactT]] = defaultdict(list)
    for fact in facts:
        grouped[whose(fact)].append(fact)
    return {who: tuple(theirs) for who, theirs in grouped.items()}


def _portfolio(orgs: Sequence[OrgFacts], period: Period, rows: tuple[OwnerRow, ...]) -> Digest:
    was_checked = any(facts.week_before.failing is not None for facts in orgs)
    return replace(
        _digest(orgs, period),
        audience=PORTFOLIO,
        owners=rows,
        week=_summed([facts.week for facts in orgs]),
        week_before=_summed([facts.week_before for facts in orgs]) if was_checked else None,
        needs=tuple(
            OrgNeeds(org=facts.org, setup=facts.setup, unknown=facts.unknown, problems=facts.problems)
            for facts in orgs
            if facts.setup or facts.unknown or facts.problems
        ),
    )


def _digest(orgs: Sequence[OrgFacts], period: Period) -> Digest:
    """Return the digest of some facts, everything in its order, for nobody yet."""
    findings = sorted((finding for facts in orgs for finding in facts.findings), key=_worst_first)
    begun = [finding for finding in findings if period.has(finding.since)]
    waiting = sorted((task for facts in orgs for task in facts.waiting), key=_first_in_queue)
    due = _Due(orgs)
    counts = Counter(finding.severity for finding in findings)
    return Digest(
        audience="",
        period=period,
        as_of=tuple(AsOf(org=f.org, org_uid=f.org_uid, checked_on=f.checked_on, pulled_at=f.pulled_at) for f in orgs),
        accounts=sum(sum(facts.accounts.values()) for facts in orgs),
        solved=tuple(sorted((solved for facts in orgs for solved in facts.solved), key=_newest_first)),
        closed=_by_date((task for facts in orgs for task in facts.closed), lambda task: task.on),
        returned=tuple(finding for finding in begun if finding.returned),
        new=tuple(finding for finding in begun if not finding.returned),
        overdue=due.overdue,
        due_soon=due.soon,
        later=due.later,
        open={severity: counts[severity] for severity in sorted(counts, reverse=True)},
        top=tuple(findings[:TOP]),
        waiting=tuple(waiting),
        reviews=_by_date((review for facts in orgs for review in facts.reviews), lambda review: review.on),
    )


class _Due:
    """Open tasks by when they are due, as seen on the day of their org."""

    def __init__(self, orgs: Sequence[OrgFacts]) -> None:
        overdue: list[LiveTask] = []
        soon: list[LiveTask] = []
        self.later = 0
        for facts in orgs:
            until = facts.today + dt.timedelta(days=SOON_DAYS)
            for task in facts.live:
                if task.due_on is None or task.due_on > until:
                    self.later += 1
                else:
                    (overdue if task.due_on < facts.today else soon).append(task)
        self.overdue = _by_date(overdue, _due_on)
        self.soon = _by_date(soon, _due_on)


def _due_on(task: LiveTask) -> dt.date:
    return task.due_on or dt.date.max


def _worst_first(finding: OpenFinding) -> tuple[int, dt.date, str, str, str, str]:
    return (-finding.severity, finding.since, finding.org, finding.account, finding.code, finding.title)


def _first_in_queue(task: WaitingTask) -> tuple[int, str, str, str]:
    return (-task.severity, task.org, task.account, task.request)


def _newest_first(finding: SolvedFinding) -> tuple[int, int, str, str, str, str]:
    return (-finding.on.toordinal(), -finding.severity, finding.org, finding.account, finding.code, finding.what)


def _by_date(facts: Iterable[FactT], date: Callable[[FactT], dt.date]) -> tuple[FactT, ...]:
    return tuple(sorted(facts, key=lambda fact: (date(fact), fact.org, fact.account, fact.url)))


def _summed(counts: Sequence[WeekCounts]) -> WeekCounts:
    failing = [count.failing for count in counts if count.failing is not None]
    return WeekCounts(
        opened=sum(count.opened for count in counts),
        solved=sum(count.solved for count in counts),
        failing=sum(failing) if failing else None,
    )


def _row(digest: Digest, name: str, note: str) -> OwnerRow:
    return OwnerRow(
        name=name,
        accounts=digest.accounts,
        solved=len(digest.solved),
        new=len(digest.new) + len(digest.returned),
        open=digest.open_count,
        severe=sum(count for severity, count in digest.open.items() if severity >= Severity.HIGH),
        overdue=len(digest.overdue),
        note=note,
    )
