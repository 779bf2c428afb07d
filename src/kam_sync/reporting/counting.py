"""Counting a report: every figure that is shown of more than one account, each counted in one place only. Pure."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kam_sync.dates import add_days, add_months
from kam_sync.figures.plan_review import PlanReview, ReviewState
from kam_sync.lifecycle import LinkState
from kam_sync.records import Role
from kam_sync.reporting.figures import Person, Report, ReportedAccount, ReportedFinding
from kam_sync.roles import RoleLevel
from kam_sync.severity import Severity

AGES: Final[tuple[tuple[str, int | None], ...]] = (
    ("up to a week", 7),
    ("up to a month", 30),
    ("up to 3 months", 90),
    ("up to 6 months", 180),
    ("longer", None),
)
"""How long findings have been open, with the most days of each."""
MOST_WEEKS: Final = 26
"""Weeks of the trend at most: half a year."""
MONTHS_AHEAD: Final = 6
"""Months of the review calendar, this one included."""

BySeverity = Mapping[Severity, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The figures that come first.

    Args:
        accounts: Accounts that were judged.
        fully_covered: Of these, those on which all six roles are known to be held.
        coverage_unknown: Of these, those on which some role is unknown and none is known to be missing.
        findings: Open findings by severity, those on the portfolio included.
        silenced: Findings that are suppressed or inhibited.
        live_tasks: Live tasks, those on accounts that are no longer in scope included.
        queued: Tasks that wait behind a cap.
        not_fully_judged: Accounts on which a role or a rule could not be judged.
        rejected: Accounts that could not be read at all, and are not among `accounts`.
    """

    accounts: int
    fully_covered: int
    coverage_unknown: int
    findings: BySeverity
    silenced: int
    live_tasks: int
    queued: int
    not_fully_judged: int
    rejected: int

    @property
    def open_findings(self) -> int:
        """Open findings of all severities."""
        return sum(self.findings.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """One rule's open findings: by severity, on how many accounts, and since when the oldest."""

    code: str
    name: str
    topic: str
    findings: BySeverity
    accounts: int
    oldest: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerLoad:
    """What one of our people carries.

    `accounts` and `findings` are those of the accounts the person owns; `live_tasks` and `queued` are the tasks that
    the person has or would get, on whatever account.
    """

    person: Person
    accounts: int = 0
    findings: BySeverity = field(default_factory=dict)
    live_tasks: int = 0
    queued: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of the trend: `ends_on` is its Sunday, or the day of the report in the last.

    `open` counts everything that failed at its end, silenced findings too, since history does not know of silence.
    """

    ends_on: dt.date
    opened: int
    resolved: int
    gone: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownCount:
    """A canonical name that could not be known, and on how many accounts it kept something from being judged."""

    name: str
    accounts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that is counted of a report.

    Args:
        headline: What comes first.
        coverage: Role → level (None: unknown) → accounts.
        topics: Topic → severity → open findings, the topic with most first.
        ages: Age, in the words of AGES → severity → open findings.
        rules: The rules with open findings, the worst first.
        owners: What each of our people carries, whoever has most findings first.
        weeks: The trend, oldest week first; empty where nothing was ever found.
        reviews: When plans are to be gone over → accounts; months as `2026-11`, else the state's own words.
        unknown: What could not be known, most accounts first.
    """

    headline: Headline
    coverage: Mapping[Role, Mapping[RoleLevel | None, int]]
    topics: Mapping[str, BySeverity]
    ages: Mapping[str, BySeverity]
    rules: tuple[RuleCount, ...]
    owners: tuple[OwnerLoad, ...]
    weeks: tuple[Week, ...]
    reviews: Mapping[str, int]
    unknown: tuple[UnknownCount, ...]


def count(report: Report) -> Figures:
    """Return the figures of a report."""
    findings = [finding for account in report.accounts for finding in account.open_findings]
    findings += [finding for org in report.orgs for finding in org.portfolio if finding.is_open]
    return Figures(
        headline=_headline(report, findings),
        coverage={role: _levels(report.accounts, number) for number, role in enumerate(Role)},
        topics=_topics(findings),
        ages=_ages(report),
        rules=_rules(report),
        owners=owner_loads(report.accounts),
        weeks=weeks(_changes(report), report.checked_on),
        reviews=_reviews(report),
        unknown=_unknown(report.accounts),
    )


def by_severity(findings: Iterable[ReportedFinding]) -> BySeverity:
    """Return how many findings there are of each severity, the worst first; severities without any are left out."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in sorted(counts, reverse=True)}


def _headline(report: Report, findings: Iterable[ReportedFinding]) -> Headline:
    accounts = report.accounts
    whole = [account for account in accounts if account.covered == len(Role)]
    open_question = [a for a in accounts if a.unknown_roles and a.covered + a.unknown_roles == len(Role)]
    portfolio_silenced = sum(not finding.is_open for org in report.orgs for finding in org.portfolio)
    return Headline(
        accounts=len(accounts),
        fully_covered=len(whole),
        coverage_unknown=len(open_question),
        findings=by_severity(findings),
        silenced=sum(account.silenced for account in accounts) + portfolio_silenced,
        live_tasks=sum(a.live_tasks for a in accounts) + sum(org.live_tasks_elsewhere for org in report.orgs),
        queued=sum(len(account.queue) for account in accounts),
        not_fully_judged=sum(not account.fully_judged for account in accounts),
        rejected=sum(org.rejected for org in report.orgs),
    )


def _levels(accounts: Iterable[ReportedAccount], number: int) -> Mapping[RoleLevel | None, int]:
    counts = Counter(account.roles[number].level for account in accounts)
    return {level: counts[level] for level in (None, *RoleLevel)}


def _topics(findings: Iterable[ReportedFinding]) -> Mapping[str, BySeverity]:
    grouped: dict[str, list[ReportedFinding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.topic].append(finding)
    return {topic: by_severity(grouped[topic]) for topic in sorted(grouped, key=lambda t: (-len(grouped[t]), t))}


def age_of(since: dt.date, today: dt.date) -> str:
    """Return how long something has been open, in the words of AGES."""
    days = (today - since).days
    return next(words for words, most in AGES if most is None or days <= most)


def _ages(report: Report) -> Mapping[str, BySeverity]:
    today = {org.org: org.checked_on for org in report.orgs}
    grouped: dict[str, list[ReportedFinding]] = {words: [] for words, _ in AGES}
    for account in report.accounts:
        for finding in account.open_findings:
            grouped[age_of(finding.since, today[account.org])].append(finding)
    for org in report.orgs:
        for finding in org.portfolio:
            if finding.is_open:
                grouped[age_of(finding.since, org.checked_on)].append(finding)
    return {words: by_severity(found) for words, found in grouped.items()}


def _rules(report: Report) -> tuple[RuleCount, ...]:
    grouped: dict[str, list[ReportedFinding]] = defaultdict(list)
    accounts: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for account in report.accounts:
        for finding in account.open_findings:
            grouped[finding.code].append(finding)
            accounts[finding.code].add((account.org, account.id))
    for org in report.orgs:
        for finding in org.portfolio:
            if finding.is_open:
                grouped[finding.code].append(finding)
    counted = [
        RuleCount(
            code=code,
            name=found[0].name,
            topic=found[0].topic,
            findings=by_severity(found),
            accounts=len(accounts[code]),
            oldest=min(finding.since for finding in found),
        )
        for code, found in grouped.items()
    ]
    counted.sort(key=lambda rule: (-max(rule.findings), -sum(rule.findings.values()), rule.code))
    return tuple(counted)


def owner_loads(accounts: Iterable[ReportedAccount]) -> tuple[OwnerLoad, ...]:
    """Return what each of our people carries; nobody and the unknown are people of their own, as to be seen."""
    owned: Counter[Person] = Counter()
    findings: dict[Person, Counter[Severity]] = defaultdict(Counter)
    live: Counter[Person] = Counter()
    queued: Counter[Person] = Counter()
    for account in accounts:
        owned[account.owner] += 1
        findings[account.owner].update(finding.severity for finding in account.open_findings)
        live.update(task.owner for task in account.tasks if task.state is LinkState.LIVE)
        queued.update(waiting.owner for waiting in account.queue)
    loads = [
        OwnerLoad(
            person=person,
            accounts=owned[person],
            findings={severity: findings[person][severity] for severity in sorted(findings[person], reverse=True)},
            live_tasks=live[person],
            queued=queued[person],
        )
        for person in owned.keys() | live.keys() | queued.keys()
    ]
    loads.sort(
        key=lambda load: (
            -sum(load.findings.values()),
            -load.accounts,
            load.person.name.casefold(),
            load.person.org,
            load.person.id or "",
            load.person.known,
        )
    )
    return tuple(loads)


def _changes(report: Report) -> Mapping[tuple[dt.date, str], int]:
    changes: Counter[tuple[dt.date, str]] = Counter()
    for org in report.orgs:
        changes.update(org.changes)
    return changes


def weeks(changes: Mapping[tuple[dt.date, str], int], today: dt.date) -> tuple[Week, ...]:
    """Return the trend up to a day, at most half a year of it; weeks run from Monday to Sunday.

    Args:
        changes: (day, event) → how many findings had it; what an earlier report could not know yet is left out.
        today: The last day of the trend.
    """
    until_today = {key: number for key, number in changes.items() if key[0] <= today}
    if not until_today:
        return ()
    first = min(day for day, _ in until_today)
    monday = first - dt.timedelta(days=first.weekday())
    by_week: dict[dt.date, Counter[str]] = defaultdict(Counter)
    for (day, event), number in until_today.items():
        by_week[day - dt.timedelta(days=day.weekday())][event] += number
    found: list[Week] = []
    failing = 0
    while monday <= today:
        events = by_week[monday]
        failing += events["opened"] - events["resolved"] - events["gone"]
        found.append(
            Week(
                ends_on=min(add_days(monday, 6), today),
                opened=events["opened"],
                resolved=events["resolved"],
                gone=events["gone"],
                open=failing,
            )
        )
        monday = add_days(monday, 7)
    return tuple(found[-MOST_WEEKS:])


def review_bucket(review: PlanReview, today: dt.date) -> str:
    """Return under what a review stands in the calendar: its month, `later`, or the words of its state."""
    if review.state is not ReviewState.PLANNED or review.on is None:
        return review.state.value
    month = f"{review.on:%Y-%m}"
    return month if month in months_ahead(today) else "later"


def months_ahead(today: dt.date) -> tuple[str, ...]:
    """Return the months of the calendar as `2026-11`."""
    first = today.replace(day=1)
    return tuple(f"{add_months(first, number):%Y-%m}" for number in range(MONTHS_AHEAD))


def review_buckets(today: dt.date) -> tuple[str, ...]:
    """Return everything that a review can stand under, in the order in which it is shown."""
    return (
        ReviewState.OVERDUE.value,
        *months_ahead(today),
        "later",
        ReviewState.UNDATED.value,
        ReviewState.NO_PLAN.value,
        ReviewState.UNKNOWN.value,
    )


def _reviews(report: Report) -> Mapping[str, int]:
    counts = Counter(review_bucket(account.review, report.checked_on) for account in report.accounts)
    return {bucket: counts[bucket] for bucket in review_buckets(report.checked_on)}


def _unknown(accounts: Iterable[ReportedAccount]) -> tuple[UnknownCount, ...]:
    counts: Counter[str] = Counter()
    for account in accounts:
        roles = {f"roles.{covered.role.value}" for covered in account.roles if covered.level is None}
        counts.update(roles.union(*(rule.names for rule in account.unjudged)))
    return tuple(
        UnknownCount(name=name, accounts=number)
        for name, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
