"""Data guards: how well each mapped field is filled, and what is unknown because nobody fills it or a fill vanished.

An integration user that lost a permission, or a renamed field, must make rules fall silent rather than flag or
solve every account at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from kam_sync.ports import Page, SetupFinding
from kam_sync.records import Account, AccountPlan, Activity, Record, RecordKind, Role, RoleAssignment

FEWEST_ROWS: Final = 20
"""Below so many rows a jump in the share of empty values is chance, not a sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How well a field is filled: in `filled` of `rows` records; in the last good run the share was `good_rate`."""

    field: str
    rows: int
    filled: int
    good_rate: float | None = None

    @property
    def rate(self) -> float:
        """The share of records in which the field is filled."""
        return self.filled / self.rows if self.rows else 0.0


class Tally:
    """Counts filled fields while pages pass by."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._filled: Counter[str] = Counter()
        self._accounts = 0

    def add(self, page: Page) -> None:
        """Count a page."""
        for record in page.records:
            if isinstance(record, Account) and record.in_scope:
                self._accounts += 1
            for name, filled in _fields(record):
                self._rows[name] += 1
                self._filled[name] += filled

    def probes(self, kinds: frozenset[RecordKind]) -> Iterator[Probe]:
        """Yield the probes of the kinds that were pulled completely."""
        if RecordKind.ROLE in kinds:
            yield Probe(field="roles", rows=self._accounts, filled=min(self._filled["roles"], self._accounts))
            for role in Role:
                name = f"roles.{role.value}"
                yield Probe(field=name, rows=self._accounts, filled=min(self._filled[name], self._accounts))
        if RecordKind.PLAN in kinds:
            yield Probe(field="plans", rows=self._accounts, filled=min(self._filled["plans"], self._accounts))
        if RecordKind.ACTIVITY in kinds:
            yield Probe(field="activities", rows=self._accounts, filled=min(self._filled["activities"], self._accounts))
        for name in sorted(self._rows):
            kind = RecordKind.ACCOUNT if name.startswith("account.") else RecordKind.PLAN
            if "." in name and not name.startswith("roles.") and kind in kinds:
                yield Probe(field=name, rows=self._rows[name], filled=self._filled[name])


def _fields(record: Record) -> Iterator[tuple[str, bool]]:
    match record:
        case Account(in_scope=True):
            yield "account.owner_id", record.owner_id is not None
            yield "account.tier", record.tier is not None
        case RoleAssignment():
            yield "roles", True
            yield f"roles.{record.role.value}", True
        case AccountPlan():
            yield "plans", True
            yield "plan.start_on", record.start_on is not None
            yield "plan.last_review_on", record.last_review_on is not None
            yield "plan.next_review_on", record.next_review_on is not None
            for part, filled in record.parts.items():
                yield f"plan.parts.{part.value}", filled
        case Activity(our_key=None):
            yield "activities", True
        case _:
            return


def judge_probes(
    probes: Mapping[str, Probe], unmapped: frozenset[str], labels: Mapping[str, str], max_jump: float
) -> tuple[dict[str, str], tuple[SetupFinding, ...]]:
    """Return what is unknown by its emptiness, with reasons, and the set-up finding for each.

    Args:
        probes: Field → its probe.
        unmapped: What is unknown anyway.
        labels: Where a person changes each field.
        max_jump: By how much the filled share may fall from one good run to the next, as a share of 1.
    """
    unknown: dict[str, str] = {}
    findings = []
    for name in sorted(probes, key=lambda name: (name.count("."), name)):
        probe = probes[name]
        parent = name.partition(".")[0] if name.startswith("roles.") else "plans" if name.startswith("plan.") else ""
        if name in unmapped or not probe.rows or parent in unknown or parent in unmapped:
            continue
        label = labels.get(name, name)
        if probe.filled == 0:
            unknown[name] = "empty on every account"
            problem = f"{label} is empty on all {probe.rows} records in scope, so what depends on it is not judged"
            fix = f"fill in {label} on at least one account, map another field, or grant access to it"
            findings.append(SetupFinding(subject=name, problem=problem, fix=fix))
        elif probe.good_rate is not None and probe.rows >= FEWEST_ROWS and probe.good_rate - probe.rate > max_jump:
            unknown[name] = "filled far less often than in the last good run"
            problem = (
                f"{label} was filled on {probe.good_rate:.0%} of the records in the last good run and is on "
                f"{probe.rate:.0%} now, so what depends on it is not judged"
            )
            fix = "see whether access or the mapping was lost; if the data is right, run once with `--accept null-jump`"
            findings.append(SetupFinding(subject=name, problem=problem, fix=fix))
    return unknown, tuple(findings)
