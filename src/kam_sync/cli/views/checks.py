"""The findings of a check: as a table, as JSON and as rows of CSV. The JSON and the CSV are documented and stable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from kam_sync.cli.blocks import Block, Line, Tone, severity, table
from kam_sync.engine import FindingState
from kam_sync.explaining import OrgFinding
from kam_sync.job import OrgResult, RunResult
from kam_sync.tabulating import finding_row

JSON_VERSION: Final = 1
"""Grows when a key of the JSON goes or changes its meaning; new keys do not count."""
COLUMNS: Final = (
    "org",
    "account_id",
    "account",
    "code",
    "name",
    "severity",
    "topic",
    "key",
    "since",
    "state",
    "reason",
    "title",
    "action",
)
"""The columns of the CSV; a finding in the JSON has `fingerprint`, `evidence`, `why` and `done_when` beside these."""


def findings_table(findings: Iterable[OrgFinding]) -> Iterator[Block]:
    """Show the findings that speak, worst first."""
    speaking = [found for found in findings if found.finding.state is FindingState.ACTIVE]
    speaking.sort(key=lambda found: (-found.finding.severity, found.org, found.account_name, found.finding.code))
    yield table(
        "severity",
        "rule",
        "account",
        "what is wrong",
        "since",
        rows=[
            (
                severity(found.finding.severity.label),
                found.finding.code,
                found.account_name or "(the whole portfolio)",
                found.finding.problem.title,
                found.since.isoformat(),
            )
            for found in speaking
        ],
    )
    if not speaking:
        yield Line("Nothing is wrong.", Tone.GOOD)


def csv_rows(findings: Iterable[OrgFinding]) -> Iterator[Sequence[str]]:
    """Yield the findings as rows under COLUMNS."""
    for found in findings:
        values = finding_row(found).values()
        yield [str(values[column]) for column in COLUMNS]


def as_json(result: RunResult, findings: Iterable[OrgFinding]) -> Mapping[str, object]:
    """Return a check as data for JSON."""
    by_org: dict[str, list[Mapping[str, object]]] = {org.org: [] for org in result.orgs}
    for found in findings:
        row = finding_row(found)
        by_org[found.org].append({**row.values(), "since": row.since.isoformat()})
    return {"version": JSON_VERSION, "orgs": [_org(org, by_org[org.org]) for org in result.orgs]}


def _org(org: OrgResult, findings: list[Mapping[str, object]]) -> Mapping[str, object]:
    check = org.check
    setup = check.setup if check is not None else ()
    return {
        "org": org.org,
        "org_uid": org.org_uid,
        "name": org.name,
        "accounts": check.accounts if check is not None else None,
        "worst": check.worst.label if check is not None and check.worst is not None else None,
        "unknown": dict(sorted(check.unknown.items())) if check is not None else {},
        "errors": list(check.errors) if check is not None else [],
        "setup": [
            {
                "subject": found.subject,
                "code": found.code,
                "problem": found.problem,
                "fix": found.fix,
                "blocks_apply": found.blocks_apply,
            }
            for found in setup
        ],
        "findings": findings,
    }
