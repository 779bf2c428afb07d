"""Generated accounts with records of every kind, each field filled or not: what no example thought of."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Final, TypeVar, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from kam_sync.records import (
    Account,
    AccountPlan,
    AccountSnapshot,
    Activity,
    Case,
    Contact,
    Contract,
    Feedback,
    Opportunity,
    OwnerChange,
    PlanAction,
    PlanGoal,
    Quote,
    Record,
    RoleAssignment,
)
from kam_sync_rules._examples import USERS

RELATIONS: Final[Mapping[str, tuple[type, str]]] = {
    "known_contacts": (Contact, "C"),
    "known_roles": (RoleAssignment, "R"),
    "known_opportunities": (Opportunity, "D"),
    "known_activities": (Activity, "T"),
    "known_plans": (AccountPlan, "P"),
    "known_goals": (PlanGoal, "G"),
    "known_actions": (PlanAction, "N"),
    "known_feedback": (Feedback, "F"),
    "known_quotes": (Quote, "Q"),
    "known_cases": (Case, "S"),
    "known_contracts": (Contract, "K"),
    "known_owner_changes": (OwnerChange, "O"),
}
"""Attribute of a snapshot → what it holds, and what its ids begin with."""
MOST: Final = 3
"""So many records of a kind at most."""
OURS: Final = (*USERS, "stranger")
LINKS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("owner_id", "user_id", "from_id", "to_id", "team_ids", "attendee_ids"), OURS),
    **dict.fromkeys(("contact_id", "contact_ids", "reports_to_id"), ("C0", "C1", "C9")),
    **dict.fromkeys(("opportunity_id", "opportunity_ids"), ("D0", "D1", "D9")),
    "goal_id": ("G0", "G1", "G9"),
    "parent_id": ("A0",),
}
"""Field → the ids it may hold, some of records that are not there."""
SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("Chief Executive", "Vice President", "社長", "Einkauf"),
    "tier": ("A", "B"),
    "relationship_stage": ("Strategic", "new"),
    "loss_reason": ("Product gap", "price"),
}
"""Field → texts that matter to rules; elsewhere any will do."""
WORDS: Final = ("", " ", "Besuch", "a\nb", "Αρετή Γαλανοπούλου")
FIXED: Final[Mapping[str, object]] = {"account_ids": ("A1",), "account_id": "A1", "our_key": None, "merged_ids": ()}

RecordT = TypeVar("RecordT")


def _values(hint: object, name: str, dated: st.SearchStrategy[dt.date]) -> st.SearchStrategy[object]:
    """Return what a field of this type and name may hold, None aside."""
    origin, arguments = get_origin(hint), get_args(hint)
    if name in LINKS:
        ids = st.sampled_from(LINKS[name])
        return st.lists(ids, max_size=2, unique=True).map(tuple) if origin is tuple else ids
    if origin is tuple:
        return st.lists(_values(arguments[0], name, dated), max_size=2, unique=True).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(_values(arguments[0], name, dated), _field(arguments[1], name, dated), max_size=4)
    simple: dict[object, st.SearchStrategy[object]] = {
        dt.date: dated,
        bool: st.booleans(),
        float: st.sampled_from((-1.0, 0.0, 1.0, 15.0, 1e6)),
        int: st.sampled_from((0, 2024, 2025, 2026)),
        str: st.sampled_from(SAID.get(name, WORDS)),
    }
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    return simple[hint]


def _field(hint: object, name: str, dated: st.SearchStrategy[dt.date]) -> st.SearchStrategy[object]:
    choices = [one for one in get_args(hint) if one is not type(None)]
    if type(None) in get_args(hint):
        return st.one_of(st.none(), _values(choices[0], name, dated))
    return _values(hint, name, dated)


def _records(
    kind: Callable[..., RecordT], hints: Mapping[str, object], dated: st.SearchStrategy[dt.date]
) -> st.SearchStrategy[RecordT]:
    fields = {name: _field(hint, name, dated) for name, hint in hints.items() if name not in {"id", *FIXED}}
    fixed = {name: value for name, value in FIXED.items() if name in hints}
    return st.fixed_dictionaries(fields).map(lambda drawn: kind(id="", **fixed, **drawn))


def accounts(dated: st.SearchStrategy[dt.date], unknown: Sequence[str] = ()) -> st.SearchStrategy[AccountSnapshot]:
    """Return accounts of which up to three names are unknown."""
    relations = {
        attribute: st.lists(_records(kind, get_type_hints(kind), dated), max_size=MOST)
        for attribute, (kind, _) in RELATIONS.items()
    }
    names = st.frozensets(st.sampled_from(unknown), max_size=3) if unknown else st.just(frozenset[str]())
    own = _records(Account, get_type_hints(Account), dated)
    return st.builds(_account, own, names, st.fixed_dictionaries(relations))


def _account(own: Account, unknown: frozenset[str], drawn: Mapping[str, Sequence[Record]]) -> AccountSnapshot:
    make: Callable[..., AccountSnapshot] = AccountSnapshot
    known = {
        attribute: tuple(dataclasses.replace(one, id=f"{RELATIONS[attribute][1]}{n}") for n, one in enumerate(records))
        for attribute, records in drawn.items()
    }
    account = dataclasses.replace(own, id="A1")
    return make(org_uid="generated", account=account, users=USERS, unknown=unknown, **known)
