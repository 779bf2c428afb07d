"""Findings as a table of plain values, for notebooks, data frames, and every output with one row per finding."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from kam_sync import notebook
from kam_sync.config import LoadedPolicy
from kam_sync.errors import ConfigError
from kam_sync.explaining import OrgFinding, findings
from kam_sync.session import JobSettings
from kam_sync.severity import Severity
from kam_sync.store import Store

if TYPE_CHECKING:
    import pandas
    import polars

LABELS: Final = tuple(severity.label for severity in Severity)
"""The severities as a frame orders them, from `info` to `critical`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One finding in plain values; what CSV and JSON call a finding has the same names.

    A finding about the whole portfolio has an empty `account_id` and `account`. `since` is the day on which it was
    first seen failing without a break; `state` is `active`, `suppressed` or `inhibited`, for which `reason` says why.

    Example:
        >>> row = next(iter(kam_sync.findings_table(policy, store, settings)))
        >>> row.code, row.severity, row.account, row.since.isoformat()
        ('KAM101', 'high', 'Okafor Bâtiment', '2026-03-02')
    """

    org: str
    account_id: str
    account: str
    code: str
    name: str
    severity: str
    topic: str
    key: str
    since: dt.date
    state: str
    reason: str
    title: str
    action: str
    fingerprint: str
    evidence: tuple[str, ...]
    why: str
    done_when: str

    def values(self) -> Mapping[str, str | dt.date | tuple[str, ...]]:
        """Return the values by the name of their column."""
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS: Final = tuple(field.name for field in fields(FindingRow))


def finding_row(found: OrgFinding) -> FindingRow:
    """Return a finding in plain values."""
    finding, problem = found.finding, found.finding.problem
    return FindingRow(
        org=found.org,
        account_id=found.account_id,
        account=found.account_name,
        code=finding.code,
        name=finding.name,
        severity=finding.severity.label,
        topic=str(finding.topic),
        key=finding.key,
        since=found.since,
        state=finding.state.value,
        reason=finding.reason,
        title=problem.title,
        action=problem.action,
        fingerprint=finding.fingerprint,
        evidence=tuple(evidence.text for evidence in problem.evidence),
        why=problem.why,
        done_when=problem.done_when,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsTable:
    """Findings row by row, in the order of orgs and account ids; a notebook shows it as a table, worst first.

    Example:
        >>> table = kam_sync.findings_table(policy, store, settings)
        >>> table
        <FindingsTable: 3 findings>
        >>> frame = table.to_pandas()
        >>> frame[frame["severity"] >= "high"].groupby("topic").size().to_dict()
        {'next-steps': 1, 'plan': 1, 'roles': 1}
    """

    rows: tuple[FindingRow, ...]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[FindingRow]:
        return iter(self.rows)

    def __repr__(self) -> str:
        return f"<FindingsTable: {len(self.rows)} finding{'' if len(self.rows) == 1 else 's'}>"

    def _repr_html_(self) -> str:
        return notebook.findings_html(self)

    def _columns(self) -> dict[str, list[str | dt.date | tuple[str, ...]]]:
        values = [row.values() for row in self.rows]
        return {name: [row[name] for row in values] for name in COLUMNS}

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas frame: `since` is a timestamp, `severity` an ordered category, `evidence` holds tuples.

        Raises:
            ConfigError: pandas is not installed; `pip install 'kam-sync[pandas]'` brings it.
        """
        try:
            import pandas as pd  # noqa: PLC0415 - an optional dependency, and slow to import
        except ImportError:
            raise _missing("pandas") from None
        frame = pd.DataFrame(self._columns(), columns=list(COLUMNS))
        severity = pd.Categorical(frame["severity"], categories=list(LABELS), ordered=True)
        return frame.assign(severity=severity, since=pd.to_datetime(frame["since"]))

    def to_polars(self) -> polars.DataFrame:
        """Return a polars frame: `since` is a date, `severity` an ordered Enum, `evidence` a list of texts.

        Raises:
            ConfigError: polars is not installed; `pip install 'kam-sync[polars]'` brings it.
        """
        try:
            import polars as pl  # noqa: PLC0415 - an optional dependency, and slow to import
        except ImportError:
            raise _missing("polars") from None
        special = {"severity": pl.Enum(LABELS), "since": pl.Date(), "evidence": pl.List(pl.String())}
        columns = {**self._columns(), "evidence": [list(row.evidence) for row in self.rows]}
        return pl.DataFrame(columns, schema={name: special.get(name, pl.String()) for name in COLUMNS})


def _missing(package: str) -> ConfigError:
    return ConfigError(f"{package} is not installed; run `pip install 'kam-sync[{package}]'`")


def findings_table(policy: LoadedPolicy, store: Store, settings: JobSettings) -> FindingsTable:
    """Return every finding of the last check as a table; touches no network.

    Example:
        >>> table = kam_sync.findings_table(policy, store, settings)
        >>> [(row.account, row.title) for row in table if row.topic == "plan"]
        [('Okafor Bâtiment', 'The account has no active plan')]
    """
    return table_of(findings(policy, store, settings))


def table_of(found: Iterable[OrgFinding]) -> FindingsTable:
    """Return findings as a table, such as those of one account or topic that were picked before."""
    return FindingsTable(rows=tuple(map(finding_row, found)))
