"""Roles and plans from the group parent: the nearest that has some, and unknown stays unknown on the way."""

from __future__ import annotations

import datetime as dt

import pytest

from core.core_builders import (
    AMAL,
    TODAY,
    holds,
    ids,
)
from core.core_mirror import FilledMirror, account, contact
from kam_sync.ports import RejectedRecord
from kam_sync.records import AccountPlan, PlanAction, PlanGoal, RecordKind, Role
from kam_sync.store import Store
from kam_sync.store.inheriting import MOST_LEVELS
from kam_sync.store.snapshots import CHUNK


@pytest.fixture
def mirror(store: Store) -> FilledMirror:
    """A group of three levels: leaf below middle below top, which is not in scope."""
    filled = FilledMirror(store)
    filled.pull(RecordKind.USER, AMAL)
    filled.pull(
        RecordKind.ACCOUNT,
        account("leaf", parent="middle"),
        account("middle", parent="top"),
        account("top", in_scope=False),
    )
    return filled


def plan(account_id: str) -> AccountPlan:
    return AccountPlan(id=f"p-{account_id}", account_id=account_id, next_review_on=dt.date(2026, 9, 1))


def test_without_being_asked_nothing_is_inherited(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ROLE, holds(Role.INNOVATOR, "amal", "top"))
    assert mirror.one("leaf").roles == ()


@pytest.mark.parametrize("holder", ["middle", "top"])
def test_roles_come_from_the_nearest_parent_that_has_some(mirror: FilledMirror, holder: str) -> None:
    role = holds(Role.INNOVATOR, "amal", holder)
    mirror.pull(RecordKind.ROLE, role)
    leaf = mirror.one("leaf", inherit=["roles"])
    assert leaf.roles == (role,)
    assert dict(leaf.role_since) == {role.id: TODAY}


def test_the_nearer_parent_hides_the_farther(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ROLE, holds(Role.INNOVATOR, "amal", "middle"), holds(Role.COLLABORATOR, "amal", "top"))
    assert [role.role for role in mirror.one("leaf", inherit=["roles"]).roles] == [Role.INNOVATOR]


def test_an_account_with_roles_of_its_own_inherits_none(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ROLE, holds(Role.INNOVATOR, "amal", "leaf"), holds(Role.COLLABORATOR, "amal", "top"))
    assert [role.role for role in mirror.one("leaf", inherit=["roles"]).roles] == [Role.INNOVATOR]


def test_plans_are_inherited_apart_from_roles(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ROLE, holds(Role.INNOVATOR, "amal", "leaf"))
    mirror.pull(RecordKind.PLAN, plan("top"))
    leaf = mirror.one("leaf", inherit=["plans", "roles"])
    assert (ids(leaf.plans), len(leaf.roles)) == (["p-top"], 1)
    assert mirror.one("leaf", inherit=["roles"]).plans == ()


def test_a_plan_takes_its_goals_and_actions_along(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.PLAN, plan("top"))
    mirror.pull(RecordKind.GOAL, PlanGoal(id="g", account_id="top", name="Grow"))
    mirror.pull(RecordKind.ACTION, PlanAction(id="s", account_id="top", name="Call", goal_id="g"))
    leaf = mirror.one("leaf", inherit=["plans"])
    assert (ids(leaf.goals), ids(leaf.actions)) == (["g"], ["s"])
    assert mirror.one("leaf").goals == ()


def test_goals_of_the_parents_that_are_unknown_are_unknown_to_its_heirs(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.PLAN, plan("top"))
    bad = RejectedRecord(kind=RecordKind.GOAL, id="g", account_ids=("top",), reason="due_on: expected a date")
    mirror.pull(RecordKind.GOAL, rejected=(bad,))
    assert mirror.one("leaf", inherit=["plans"]).unknown == {"goals"}


def test_contacts_are_never_inherited(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, contact("zoe", "top"))
    assert mirror.one("leaf", inherit=["roles", "plans"]).contacts == ()


def test_nothing_comes_from_below(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ROLE, holds(Role.INNOVATOR, "amal", "leaf"))
    assert mirror.one("middle", inherit=["roles"]).roles == ()


def test_a_parent_that_was_not_pulled_leaves_its_heirs_unknown(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("leaf", parent="nowhere"))
    mirror.pull(RecordKind.ROLE)
    assert mirror.one("leaf", inherit=["roles"]).unknown == {"roles"}
    assert mirror.one("leaf").unknown == frozenset()


def test_a_cycle_of_parents_comes_to_an_end(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("leaf", parent="middle"), account("middle", parent="leaf"))
    mirror.pull(RecordKind.ROLE)
    assert mirror.one("leaf", inherit=["roles"]).roles == ()


def test_an_account_that_is_its_own_parent_comes_to_an_end(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("leaf", parent="leaf"))
    mirror.pull(RecordKind.ROLE)
    assert mirror.one("leaf", inherit=["roles"]).roles == ()


@pytest.mark.parametrize(("levels", "found"), [(MOST_LEVELS, 1), (MOST_LEVELS + 1, 0)])
def test_so_many_levels_are_looked_through(store: Store, levels: int, found: int) -> None:
    mirror = FilledMirror(store)
    chain = [account(f"a{level:02d}", parent=f"a{level + 1:02d}") for level in range(levels)]
    mirror.pull(RecordKind.ACCOUNT, *chain, account(f"a{levels:02d}"))
    mirror.pull(RecordKind.ROLE, holds(Role.INNOVATOR, "amal", f"a{levels:02d}"))
    assert len(mirror.one("a00", inherit=["roles"]).roles) == found


def test_a_whole_group_inherits_over_chunks(store: Store) -> None:
    mirror = FilledMirror(store)
    names = [f"a{number:04d}" for number in range(CHUNK + 5)]
    mirror.pull(RecordKind.ACCOUNT, *(account(name, parent="top") for name in names), account("top", in_scope=False))
    mirror.pull(RecordKind.PLAN, plan("top"))
    snapshots = mirror.snapshots(inherit=["plans"])
    assert list(snapshots) == names
    assert all(ids(snapshot.plans) == ["p-top"] for snapshot in snapshots.values())


def test_what_is_unknown_of_the_parent_is_unknown_to_its_heirs(mirror: FilledMirror) -> None:
    bad = RejectedRecord(kind=RecordKind.ROLE, id="r9", account_ids=("top",), reason="role: not one of ours")
    mirror.pull(RecordKind.ROLE, rejected=(bad,))
    assert "roles" in mirror.one("leaf", inherit=["roles"]).unknown


def test_a_parent_that_did_not_validate_leaves_its_heirs_unknown(mirror: FilledMirror) -> None:
    bad = RejectedRecord(kind=RecordKind.ACCOUNT, id="top", account_ids=("top",), reason="name: expected a string")
    mirror.pull(RecordKind.ACCOUNT, account("leaf", parent="middle"), account("middle", parent="top"), rejected=(bad,))
    mirror.pull(RecordKind.ROLE)
    assert "roles" in mirror.one("leaf", inherit=["roles"]).unknown
