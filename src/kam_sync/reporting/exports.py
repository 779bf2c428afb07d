"""A report as JSON and as CSV, for other programs. Both are documented in docs/report.md and stable."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kam_sync.escaping import cell, one_line
from kam_sync.records import Role
from kam_sync.reporting.counting import BySeverity, Figures, count
from kam_sync.reporting.figures import (
    Person,
    QueuedTask,
    Report,
    ReportedAccount,
    ReportedFinding,
    ReportedOrg,
    ReportedTask,
)
from kam_sync.reporting.words import LEVELS, person_label, words_of
from kam_sync.severity import Severity

JSON_VERSION: Final = 1
"""Grows when a key of the JSON goes or changes its meaning; new keys do not count."""
_WORST_FIRST: Final = tuple(sorted(Severity, reverse=True))
COLUMNS: Final = (
    "org",
    "account_id",
    "account",
    "owner",
    "tier",
    *(role.value for role in Role),
    "covered",
    *(severity.label for severity in _WORST_FIRST),
    "silenced",
    "live_tasks",
    "queued",
    "review",
    "next_review",
    "not_judged",
    "url",
)
"""The columns of the CSV, one row per account."""


def report_csv(report: Report) -> str:
    """Return one row per account under COLUMNS, guarded against formulas and control characters.

    Example:
        >>> made = kam_sync.report(policy, store, settings)
        >>> kam_sync.report_csv(made).splitlines()[0].split(",")[:3]
        ['org', 'account_id', 'account']
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(one_line(value)) for value in _row(account)] for account in report.accounts)
    return buffer.getvalue()


def _row(account: ReportedAccount) -> Iterator[str]:
    counts = _severities(account.open_findings)
    yield from (account.org, account.id, account.name, person_label(account.owner), account.tier or "")
    yield from (LEVELS[role.level] for role in account.roles)
    yield str(account.covered)
    yield from (str(counts[severity.label]) for severity in _WORST_FIRST)
    yield from (str(account.silenced), str(account.live_tasks), str(len(account.queue)))
    yield account.review.state.value
    yield _iso(account.review.on) or ""
    yield " ".join(sorted({rule.code for rule in account.unjudged}))
    yield account.url or ""


def report_json(report: Report) -> str:
    """Return everything that the report holds, with its figures, as the text of one JSON object.

    Example:
        >>> made = kam_sync.report(policy, store, settings)
        >>> kam_sync.report_json(made).splitlines()[1].strip()
        '"version": 1,'
    """
    return json.dumps(report_data(report), ensure_ascii=False, indent=1) + "\n"


def report_data(report: Report) -> Mapping[str, object]:
    """Return everything that the report holds, with its figures, as plain data under the documented keys."""
    return {
        "version": JSON_VERSION,
        "checked_on": report.checked_on.isoformat(),
        "orgs": [_org(org) for org in report.orgs],
        "missing": [{"org": gone.org, "reason": gone.reason} for gone in report.missing],
        "figures": _figures(count(report)),
        "accounts": [_account(account) for account in report.accounts],
    }


def _iso(at: dt.date | None) -> str | None:
    return at.isoformat() if at is not None else None


def _severities(findings: Sequence[ReportedFinding]) -> Mapping[str, int]:
    return {severity.label: sum(found.severity is severity for found in findings) for severity in _WORST_FIRST}


def _counts(counts: BySeverity) -> Mapping[str, int]:
    return {severity.label: counts.get(severity, 0) for severity in _WORST_FIRST}


def _person(person: Person) -> Mapping[str, object]:
    return {"org": person.org, "id": person.id, "name": person_label(person), "known": person.known}


def _org(org: ReportedOrg) -> Mapping[str, object]:
    return {
        "org": org.org,
        "org_uid": org.org_uid,
        "name": org.name,
        "checked_at": _iso(org.checked_at),
        "checked_on": _iso(org.checked_on),
        "pulled_at": _iso(org.pulled_at),
        "pulled_since": org.pulled_since,
        "written_at": _iso(org.written_at),
        "accounts": org.accounts,
        "gone": org.gone,
        "rejected": org.rejected,
        "live_tasks_elsewhere": org.live_tasks_elsewhere,
        "setup": [
            {"subject": s.subject, "code": s.code, "problem": s.problem, "fix": s.fix, "blocks_apply": s.blocks_apply}
            for s in org.setup
        ],
        "unknown": dict(org.unknown),
        "findings": [_finding(finding) for finding in org.portfolio],
    }


def _figures(figures: Figures) -> Mapping[str, object]:
    headline = figures.headline
    return {
        "headline": {
            "accounts": headline.accounts,
            "fully_covered": headline.fully_covered,
            "coverage_unknown": headline.coverage_unknown,
            "open_findings": headline.open_findings,
            "findings": _counts(headline.findings),
            "silenced": headline.silenced,
            "live_tasks": headline.live_tasks,
            "queued": headline.queued,
            "not_fully_judged": headline.not_fully_judged,
            "rejected": headline.rejected,
        },
        "coverage": {
            role.value: {LEVELS[level]: accounts for level, accounts in levels.items()}
            for role, levels in figures.coverage.items()
        },
        "topics": {topic: _counts(counts) for topic, counts in figures.topics.items()},
        "ages": {age: _counts(counts) for age, counts in figures.ages.items()},
        "rules": [
            {
                "code": rule.code,
                "name": rule.name,
                "topic": rule.topic,
                "findings": _counts(rule.findings),
                "accounts": rule.accounts,
                "oldest": _iso(rule.oldest),
            }
            for rule in figures.rules
        ],
        "owners": [
            {
                **_person(load.person),
                "accounts": load.accounts,
                "findings": _counts(load.findings),
                "live_tasks": load.live_tasks,
                "queued": load.queued,
            }
            for load in figures.owners
        ],
        "weeks": [
            {
                "ends_on": _iso(week.ends_on),
                "opened": week.opened,
                "resolved": week.resolved,
                "gone": week.gone,
                "open": week.open,
            }
            for week in figures.weeks
        ],
        "reviews": dict(figures.reviews),
        "unknown": [
            {"name": unknown.name, "words": words_of(unknown.name), "accounts": unknown.accounts}
            for unknown in figures.unknown
        ],
    }


def _account(account: ReportedAccount) -> Mapping[str, object]:
    return {
        "org": account.org,
        "account_id": account.id,
        "account": account.name,
        "url": account.url,
        "owner": _person(account.owner),
        "tier": account.tier,
        "roles": {
            covered.role.value: {"level": LEVELS[covered.level], "holders": list(covered.holders)}
            for covered in account.roles
        },
        "covered": account.covered,
        "open": _severities(account.open_findings),
        "silenced": account.silenced,
        "live_tasks": account.live_tasks,
        "review": {"state": account.review.state.value, "on": _iso(account.review.on)},
        "findings": [_finding(finding) for finding in account.findings],
        "tasks": [_task(task) for task in account.tasks],
        "queue": [_queued(waiting) for waiting in account.queue],
        "not_judged": [
            {"code": rule.code, "names": list(rule.names), "error": rule.error} for rule in account.unjudged
        ],
    }


def _finding(finding: ReportedFinding) -> Mapping[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.label,
        "topic": finding.topic,
        "key": finding.key,
        "since": _iso(finding.since),
        "state": finding.state.value,
        "reason": finding.reason,
        "released": _iso(finding.released),
        "title": finding.title,
        "evidence": [{"text": evidence.text, "url": evidence.url} for evidence in finding.evidence],
        "why": finding.why,
        "action": finding.action,
        "done_when": finding.done_when,
        "fingerprint": finding.fingerprint,
    }


def _task(task: ReportedTask) -> Mapping[str, object]:
    return {
        "topic": task.topic,
        "state": task.state.value,
        "task_id": task.task_id,
        "url": task.url,
        "owner": _person(task.owner),
        "due_on": _iso(task.due_on),
        "made_on": _iso(task.made_on),
        "until": _iso(task.until),
        "codes": list(task.codes),
    }


def _queued(waiting: QueuedTask) -> Mapping[str, object]:
    return {
        "topic": waiting.topic,
        "severity": waiting.severity.label,
        "cap": waiting.cap,
        "owner": _person(waiting.owner),
    }
