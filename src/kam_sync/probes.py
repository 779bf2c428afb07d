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
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    Record,
    RecordKind,
    Role,
    RoleAssignment,
    account_ids_of,
)

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


_RELATIONS: Final = ("roles", *(f"roles.{role.value}" for role in Role), "plans", "activities")
"""What an account has or lacks as a whole; kept as one bit each, since there may be very many accounts."""
_BIT: Final = {name: 1 << number for number, name in enumerate(_RELATIONS)}


class Tally:
    """Counts filled fields while pages pass by: fields of records by record, relations by accounts that have one."""

    def __init__(self) -> None:
        self._rows: Counter[str] = Counter()
        self._filled: Counter[str] = Counter()
        self._related: dict[str, int] = {}
        self._accounts = 0

    def add(self, page: Page) -> None:
        """Count a page."""
        for record in page.records:
            if isinstance(record, Account) and record.in_scope:
                self._accounts += 1
            for name, filled in _fields(record):
                self._rows[name] += 1
                self._filled[name] += filled
            bits = sum(_BIT[name] for name in _relations(record))
            for account_id in account_ids_of(record) if bits else ():
                self._related[account_id] = self._related.get(account_id, 0) | bits

    def probes(self, kinds: frozenset[RecordKind]) -> Iterator[Probe]:
        """Yield the probes of the kinds that were pulled completely."""
        pulled = {"roles": RecordKind.ROLE in kinds, "plans": RecordKind.PLAN in kinds}
        pulled["activities"] = RecordKind.ACTIVITY in kinds
        for name in _RELATIONS:
            if pulled[name.partition(".")[0]]:
                having = sum(1 for bits in self._related.values() if bits & _BIT[name])
                # Accounts that are only inherited from have something too, and are not among the accounts in scope.
                yield Probe(field=name, rows=self._accounts, filled=min(having, self._accounts))
        for name in sorted(self._rows):
            kind = RecordKind.ACCOUNT if name.startswith("account.") else RecordKind.PLAN
            if kind in kinds:
                yield Probe(field=name, rows=self._rows[name], filled=self._filled[name])


def _fields(record: Record) -> Iterator[tuple[str, bool]]:
    match record:
        case Account(in_scope=True):
            yield "account.owner_id", record.owner_id is not None
            yield "account.tier", record.tier is not None
        case AccountPlan():
            yield "plan.start_on", record.start_on is not None
            yield "plan.last_review_on", record.last_review_on is not None
            yield "plan.next_review_on", record.next_review_on is not None
            for part, filled in record.parts.items():
                yield f"plan.parts.{part.value}", filled
        case _:
            return


def _relations(record: Record) -> tuple[str, ...]:
    """Return what an account has that this record hangs on."""
    match record:
        case RoleAssignment():
            return ("roles", f"roles.{record.role.value}")
        case AccountPlan():
            return ("plans",)
        case Activity(our_key=None):
            return ("activities",)
        case _:
            return ()


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
