"""The role matrix with its four levels, and the completeness of a plan."""

from __future__ import annotations

from dataclasses import replace

from core.core_builders import AMAL, BO, DAY, INES, TODAY, gone, holds, snapshot
from kam_sync.figures.plan_completeness import plan_completeness
from kam_sync.figures.role_matrix import role_matrix
from kam_sync.records import Account, Activity, ActivityKind, ActivityStatus, PlanPart, Role
from kam_sync.roles import RoleLevel


def call(owner: str, days: int) -> Activity:
    return Activity(
        id=f"{owner}{days}",
        account_ids=("acme",),
        kind=ActivityKind.CALL,
        status=ActivityStatus.DONE,
        on=TODAY + days * DAY,
        owner_id=owner,
    )


def test_the_matrix_has_a_level_for_every_role() -> None:
    given = replace(
        snapshot(
            users=(AMAL, gone(BO), INES),
            unknown=["roles.collaborator"],
            roles=(
                holds(Role.RESULTS_DRIVER, "amal"),
                holds(Role.INNOVATOR, "ines"),
                holds(Role.TECHNICAL_EXPERT, "bo"),
                holds(Role.PROJECT_MANAGER, "amal"),
            ),
        ),
        known_activities=(call("amal", -90), call("ines", -91)),
    )
    (row,) = role_matrix([given], TODAY, {"acme": frozenset({Role.PROJECT_MANAGER, Role.INNOVATOR})})
    assert {role.role: role.level for role in row.roles} == {
        Role.RESULTS_DRIVER: RoleLevel.ACTIVE,
        Role.RELATIONSHIP_LEAD: RoleLevel.ABSENT,
        Role.INNOVATOR: RoleLevel.NAMED,
        Role.COLLABORATOR: None,
        Role.TECHNICAL_EXPERT: RoleLevel.ABSENT,
        Role.PROJECT_MANAGER: RoleLevel.EVIDENCED,
    }
    assert (row.account_name, row.covered) == ("Acme Öl", 3)


def test_the_matrix_keeps_the_order_of_the_accounts() -> None:
    accounts = [snapshot(Account(id=name, name=name)) for name in ("zeta", "acme")]
    assert [row.account_id for row in role_matrix(accounts, TODAY)] == ["zeta", "acme"]


def test_a_plan_is_as_complete_as_its_known_parts() -> None:
    parts = {PlanPart.STRATEGY: False, PlanPart.KEY_RELATIONS: True, PlanPart.CURRENT_STATE: False}
    found = plan_completeness(parts)
    assert (found.known, found.filled, found.percent) == (3, 1, 33)
    assert found.missing == (PlanPart.CURRENT_STATE, PlanPart.STRATEGY)


def test_of_a_plan_without_known_parts_nothing_is_said() -> None:
    assert plan_completeness({}).percent is None
    assert plan_completeness({PlanPart.STRATEGY: True}).percent == 100
