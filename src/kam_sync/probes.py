"""Data guards: how well each mapped field is filled, and what is unknown because nobody fills it or a fill vanished.

An integration user that lost a permission, or a renamed field, must make rules fall silent rather than flag or
solve every account at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from kam_sync.names import NAMES, RELATIONS, Name, wider
from kam_sync.ports import Page, SetupFinding
from kam_sync.records import Account, Activity, Opportunity, Record, RecordKind, RoleAssignment, account_ids_of

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """What a pull showed not to be known.

    Args:
        unknown: What is unknown by its emptiness, with reasons.
        setup: The set-up finding for each of these that concerns somebody.
        good_fields: Fields whose filling is as it was or better.
    """

    unknown: Mapping[str, str] = field(default_factory=dict)
    setup: tuple[SetupFinding, ...] = ()
    good_fields: tuple[str, ...] = ()


_PROBED: Final = tuple(name for name in NAMES.values() if name.probed)
_BY_ACCOUNT: Final = tuple(name.name for name in _PROBED if not name.attribute or name.name.startswith("roles."))
"""What an account has or lacks as a whole; kept as one bit each, since there may be very many accounts."""
_BIT: Final = {name: 1 << number for number, name in enumerate(_BY_ACCOUNT)}
_LOST_ONLY: Final = frozenset({"opportunity.loss_reason"})
_WON_ONLY: Final = frozenset({"opportunity.success_criteria", "opportunity.delivered_on"})


class Tally:
    """Counts filled fields while pages pass by: fields of records by record, relations by accounts that have one.

    Args:
        wanted: The canonical names to count; None is all of them. What nobody reads was not fetched, and is no gap.
    """

    def __init__(self, wanted: frozenset[str] | None = None) -> None:
        self._names = {name.name for name in _PROBED if wanted is None or name.name in wanted}
        self._fields: dict[RecordKind, list[Name]] = {}
        for name in _PROBED:
            if name.name in self._names and name.name not in _BIT:
                self._fields.setdefault(name.kind, []).append(name)
        self._rows: Counter[str] = Counter()
        self._filled: Counter[str] = Counter()
        self._related: dict[str, int] = {}
        self._accounts = 0

    def add(self, kind: RecordKind, page: Page) -> None:
        """Count a page of records of a kind."""
        names = self._fields.get(kind, ())
        for record in page.records:
            if isinstance(record, Account):
                if not record.in_scope:
                    continue
                self._accounts += 1
            if isinstance(record, Activity) and record.our_key is not None:
                continue
            for name in names:
                filled = _filled(name, record)
                if filled is not None:
                    self._rows[name.name] += 1
                    self._filled[name.name] += filled
            bits = sum(_BIT[name] for name in _related(kind, record))
            for account_id in account_ids_of(record) if bits else ():
                self._related[account_id] = self._related.get(account_id, 0) | bits

    def probes(self, kinds: frozenset[RecordKind]) -> Iterator[Probe]:
        """Yield the probes of the kinds that were pulled completely."""
        for name in _BY_ACCOUNT:
            if name in self._names and NAMES[name].kind in kinds:
                having = sum(1 for bits in self._related.values() if bits & _BIT[name])
                # Accounts that are only inherited from have something too, and are not among the accounts in scope.
                yield Probe(field=name, rows=self._accounts, filled=min(having, self._accounts))
        for name in sorted(self._rows):
            if NAMES[name].kind in kinds:
                yield Probe(field=name, rows=self._rows[name], filled=self._filled[name])


def _filled(name: Name, record: Record) -> bool | None:
    """Return whether a field of a record is filled; None when the field cannot be expected there."""
    if isinstance(record, Opportunity) and (record.is_open or record.is_won) and name.name in _LOST_ONLY:
        return None
    if isinstance(record, Opportunity) and (record.is_open or not record.is_won) and name.name in _WON_ONLY:
        return None
    value: object = getattr(record, name.attribute)
    if isinstance(value, Mapping):
        if name.part is None:
            return any(each is not None for each in value.values())
        return bool(value[name.part]) if name.part in value else None
    if name.part is not None:
        return isinstance(value, tuple) and name.part in value
    return value is not None and value is not False and value not in ((), "")


def _related(kind: RecordKind, record: Record) -> tuple[str, ...]:
    """Return what an account has that this record hangs on."""
    if isinstance(record, RoleAssignment):
        return ("roles", f"roles.{record.role.value}")
    relation = RELATIONS.get(kind, "")
    return (relation,) if relation in _BIT else ()


def _is_the_orgs(name: str) -> bool:
    """Return whether a policy maps this: a field or a part of one, which is empty though somebody meant to fill it."""
    known = NAMES.get(name)
    return known is None or known.field_type is not None or known.part is not None


def judge_probes(
    probes: Mapping[str, Probe],
    unmapped: frozenset[str],
    labels: Mapping[str, str],
    max_jump: float,
    needed: frozenset[str] | None = None,
) -> Guarded:
    """Return what is unknown by its emptiness, with reasons, and the set-up finding for each.

    Args:
        probes: Field → its probe.
        unmapped: What is unknown anyway.
        labels: Where a person changes each field.
        max_jump: By how much the filled share may fall from one good run to the next, as a share of 1.
        needed: The names that some rule cannot do without; None is all. That something of the CRM's own that rules only
            use is empty concerns nobody: it is unknown without a finding.
    """
    unknown: dict[str, str] = {}
    findings = []
    for name in sorted(probes, key=lambda name: (name.count("."), name)):
        probe = probes[name]
        known_by = tuple(wider(name))
        if not probe.rows or not unmapped.isdisjoint(known_by) or not unknown.keys().isdisjoint(known_by):
            continue
        label = labels.get(name) or (NAMES[name].words if name in NAMES else name)
        if probe.filled == 0:
            unknown[name] = "empty on every account"
            if needed is not None and name not in needed and not _is_the_orgs(name):
                continue
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
    good_fields = tuple(name for name in probes if name not in unknown)
    return Guarded(unknown=unknown, setup=tuple(findings), good_fields=good_fields)
