"""What is fetched for a rule and nothing else: a snapshot without whatever the rule does not name.

A rule must say the same of it as of the whole, or it would judge by what a run does not fetch.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from kam_sync.names import NAMES, RELATIONS, wider
from kam_sync.portfolio_rules import PortfolioExample
from kam_sync.records import AccountSnapshot, Record, RecordKind
from kam_sync.rules_api import RuleFacts

ALWAYS: Final[Mapping[RecordKind, frozenset[str]]] = {
    RecordKind.ACCOUNT: frozenset({"id", "name", "in_scope"}),
    RecordKind.CONTACT: frozenset({"id", "account_ids", "name"}),
    RecordKind.OPPORTUNITY: frozenset(
        {"id", "account_ids", "name", "is_open", "is_won", "close_on", "owner_id", "next_step"}
    ),
    RecordKind.ACTIVITY: frozenset(
        {"id", "account_ids", "opportunity_ids", "kind", "status", "on", "owner_id", "subject", "our_key"}
    ),
    RecordKind.PLAN: frozenset({"id", "account_id", "name", "active"}),
    RecordKind.GOAL: frozenset({"id", "account_id", "name", "is_open"}),
    RecordKind.ACTION: frozenset({"id", "account_id", "name", "is_open"}),
    RecordKind.FEEDBACK: frozenset({"id", "account_ids", "on"}),
    RecordKind.QUOTE: frozenset({"id", "account_ids", "opportunity_id", "name", "is_open", "owner_id"}),
    RecordKind.CASE: frozenset({"id", "account_ids", "name", "is_open", "owner_id", "opened_on"}),
    RecordKind.CONTRACT: frozenset({"id", "account_id", "name", "is_active"}),
    RecordKind.SALES: frozenset({"id", "name", "parent_id", "owner_id", "in_scope", "amount"}),
}
"""What comes with a record of a kind whatever is asked for; kinds that are not here come whole."""

KNOWN: Final[Mapping[RecordKind, str]] = {
    kind: f"known_{relation}" for kind, relation in RELATIONS.items() if kind is not RecordKind.SALES
}
"""Kind of record → the attribute of a snapshot that holds it."""

AnyRecord = TypeVar("AnyRecord", bound=Record)
Thing = TypeVar("Thing")


def with_values(thing: Thing, values: Mapping[str, object]) -> Thing:
    """Return a copy with other values; `dataclasses.replace` for attributes that are known at run time only."""
    changed = copy.copy(thing)
    for attribute, value in values.items():
        object.__setattr__(changed, attribute, value)
    return changed


def named(facts: RuleFacts) -> frozenset[str]:
    """Return everything that a rule names."""
    return frozenset((*facts.needs, *facts.uses))


def _kinds_of(names: Collection[str]) -> frozenset[RecordKind]:
    return frozenset(NAMES[name].kind for name in names if name in NAMES)


def blank_record(record: AnyRecord, kind: RecordKind, names: Collection[str]) -> AnyRecord:
    """Return a record in which only what is named is left."""
    if kind not in ALWAYS:
        return record
    changes: dict[str, object] = {}
    for field in dataclasses.fields(record):
        if field.name in ALWAYS[kind]:
            continue
        own = [NAMES[name] for name in names if NAMES[name].kind is kind and NAMES[name].attribute == field.name]
        criteria = kind is RecordKind.SALES and field.name == "criteria" and "account.criteria" in names
        if criteria or any(name.part is None for name in own):
            continue
        kept = {name.part for name in own}
        value: object = getattr(record, field.name)
        if isinstance(value, Mapping):
            changes[field.name] = {part: filled for part, filled in value.items() if part in kept}
        elif isinstance(value, tuple):
            changes[field.name] = tuple(part for part in value if part in kept)
        else:
            has_factory = field.default is dataclasses.MISSING
            changes[field.name] = None if has_factory else field.default
    return with_values(record, changes)


def _stays_unknown(name: str, names: Collection[str]) -> bool:
    """Return whether an unknown name is told to a rule: it is named, holds what is, or is a part of a named field."""
    if any(name in wider(own) for own in names):
        return True
    return any(own in names and own not in RELATIONS.values() for own in wider(name))


def blank(snapshot: AccountSnapshot, names: Collection[str]) -> AccountSnapshot:
    """Return a snapshot that holds only what is fetched for these names."""
    kinds = _kinds_of(names)
    known = {
        attribute: tuple(blank_record(record, kind, names) for record in getattr(snapshot, attribute))
        if kind in kinds
        else ()
        for kind, attribute in KNOWN.items()
    }
    return replace(
        with_values(snapshot, known),
        account=blank_record(snapshot.account, RecordKind.ACCOUNT, names),
        unknown=frozenset(name for name in snapshot.unknown if _stays_unknown(name, names)),
    )


def blank_portfolio(example: PortfolioExample, names: Collection[str]) -> PortfolioExample:
    """Return an example of a portfolio that holds only what is fetched for these names."""
    rows = (blank_record(row, RecordKind.SALES, names) for row in example.sales)
    return replace(
        example,
        accounts=tuple(blank(snapshot, names) for snapshot in example.accounts),
        sales=tuple(rows) if "sales" in names else (),
        accounts_total=example.accounts_total if "accounts.total" in names else None,
        unknown_names=frozenset(name for name in example.unknown_names if _stays_unknown(name, names)),
        users=example.users or next((snapshot.users for snapshot in example.accounts), {}),
    )
