"""Data guards: a field that nobody fills, or that emptied over night, is unknown and not evidence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from kam_sync.ports import Page, SetupFinding
from kam_sync.probes import FEWEST_ROWS, Probe, Tally, judge_probes
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    ActivityKind,
    ActivityStatus,
    PlanPart,
    RecordKind,
    Role,
    RoleAssignment,
)

ALL_KINDS = frozenset(RecordKind)
KINDS = {
    RecordKind.ACCOUNT: Account,
    RecordKind.ROLE: RoleAssignment,
    RecordKind.ACTIVITY: Activity,
    RecordKind.PLAN: AccountPlan,
}


def probe(field: str, rows: int, filled: int, good: float | None = None) -> Probe:
    return Probe(field=field, rows=rows, filled=filled, good_rate=good)


def judged(
    *probes: Probe, unmapped: frozenset[str] = frozenset(), labels: Mapping[str, str] | None = None, jump: float = 0.2
) -> tuple[Mapping[str, str], tuple[SetupFinding, ...]]:
    found = judge_probes({given.field: given for given in probes}, unmapped, labels or {}, jump)
    assert set(found.good_fields) == {given.field for given in probes} - found.unknown.keys()
    return found.unknown, found.setup


def tallied(*pages: Page, kinds: frozenset[RecordKind] = ALL_KINDS) -> dict[str, tuple[int, int]]:
    tally = Tally()
    for page in pages:
        for kind, adapter_type in KINDS.items():
            tally.add(kind, Page(records=tuple(record for record in page.records if type(record) is adapter_type)))
    return {given.field: (given.filled, given.rows) for given in tally.probes(kinds)}


def accounts(*tiers: str | None, in_scope: bool = True) -> Page:
    return Page(
        records=tuple(
            Account(id=f"a{number}", name="A", owner_id="amal", tier=tier, in_scope=in_scope)
            for number, tier in enumerate(tiers)
        )
    )


def role(role: Role, account: int) -> RoleAssignment:
    return RoleAssignment(id=f"{role}{account}", account_id=f"a{account}", role=role, user_id="amal", source="team")


# -- counting ---------------------------------------------------------------------------------------------------------


def test_account_fields_are_counted_over_the_accounts_in_scope() -> None:
    counts = tallied(accounts("A", None, "B"), accounts(None, None, in_scope=False))
    assert counts["account.tier"] == (2, 3)
    assert counts["account.owner_id"] == (3, 3)


def test_roles_are_counted_over_accounts_over_several_pages() -> None:
    counts = tallied(
        accounts("A", "A"),
        Page(records=(role(Role.INNOVATOR, 0),)),
        Page(records=(role(Role.COLLABORATOR, 0), role(Role.COLLABORATOR, 1))),
    )
    assert counts["roles.innovator"] == (1, 2)
    assert counts["roles.collaborator"] == (2, 2)
    assert counts["roles.results_driver"] == (0, 2)
    assert counts["roles"] == (2, 2)


def test_two_holders_on_one_account_do_not_stand_for_two_accounts() -> None:
    second = RoleAssignment(id="other", account_id="a0", role=Role.INNOVATOR, user_id="bo", source="team")
    counts = tallied(accounts("A", "A"), Page(records=(role(Role.INNOVATOR, 0), second)))
    assert counts["roles.innovator"] == (1, 2)


def test_plan_fields_are_counted_over_plans_and_plans_over_accounts() -> None:
    plans = Page(
        records=(
            AccountPlan(
                id="p0",
                account_id="a0",
                next_review_on=dt.date(2026, 1, 1),
                parts={PlanPart.STRATEGY: True, PlanPart.KEY_RELATIONS: False},
            ),
            AccountPlan(id="p1", account_id="a1", parts={PlanPart.STRATEGY: False, PlanPart.KEY_RELATIONS: False}),
        )
    )
    counts = tallied(accounts("A", "A", "A"), plans)
    assert counts["plans"] == (2, 3)
    assert counts["plan.next_review_on"] == (1, 2)
    assert counts["plan.last_review_on"] == (0, 2)
    assert counts["plan.parts.strategy"] == (1, 2)
    assert counts["plan.parts.key_relations"] == (0, 2)
    assert "plan.parts.revenue_goals" not in counts


def test_our_own_tasks_are_no_activity() -> None:
    tasks = [
        Activity(
            id=str(number),
            account_ids=("a0",),
            kind=ActivityKind.TASK,
            status=ActivityStatus.OPEN,
            our_key=key,
        )
        for number, key in enumerate([None, "k1" + "a" * 24 + "-1"])
    ]
    assert tallied(accounts("A", "A"), Page(records=tuple(tasks)))["activities"] == (1, 2)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (RecordKind.ROLE, {"roles", "roles.innovator"}),
        (RecordKind.PLAN, {"plans", "plan.start_on"}),
        (RecordKind.ACTIVITY, {"activities"}),
        (RecordKind.ACCOUNT, {"account.tier", "account.owner_id"}),
    ],
)
def test_a_kind_that_was_not_pulled_completely_has_no_probes(kind: RecordKind, fields: set[str]) -> None:
    pages = (accounts("A"), Page(records=(AccountPlan(id="p", account_id="a0"), role(Role.INNOVATOR, 0))))
    assert fields <= set(tallied(*pages))
    assert not fields & set(tallied(*pages, kinds=ALL_KINDS - {kind}))


def test_what_rules_only_use_and_nobody_maps_is_unknown_without_a_finding() -> None:
    given = {
        name: probe(name, 30, 0) for name in ("contact.reports_to_id", "contact.title", "contact.stance", "quotes")
    }
    found = judge_probes(given, frozenset(), {}, 0.2, frozenset({"contact.title", "contacts"}))
    assert set(found.unknown) == set(given)
    assert [finding.subject for finding in found.setup] == ["contact.stance", "contact.title"]


# -- judging ----------------------------------------------------------------------------------------------------------


def test_a_field_that_nobody_fills_is_unknown_with_one_set_up_finding() -> None:
    unknown, findings = judged(probe("account.tier", 40, 0), labels={"account.tier": "the field Tier__c"})
    assert unknown == {"account.tier": "empty on every account"}
    (found,) = findings
    assert found.subject == "account.tier"
    assert found.problem == "the field Tier__c is empty on all 40 records in scope, so what depends on it is not judged"
    assert "fill in the field Tier__c" in found.fix
    assert not found.blocks_apply


def test_one_filled_record_is_enough_to_judge_by() -> None:
    assert judged(probe("account.tier", 4000, 1)) == ({}, ())


def test_without_any_row_nothing_is_said() -> None:
    assert judged(probe("account.tier", 0, 0, 1.0)) == ({}, ())


@pytest.mark.parametrize(("filled", "jumped"), [(61, True), (59, True), (80, False), (100, False), (79, True)])
def test_a_fall_of_more_than_the_limit_is_a_jump(filled: int, jumped: bool) -> None:
    unknown, findings = judged(probe("account.tier", 100, filled, 1.0))
    assert bool(unknown) is jumped
    assert len(findings) == jumped


def test_a_jump_says_both_shares_and_the_way_out() -> None:
    unknown, (found,) = judged(probe("roles.innovator", 100, 40, 0.9))
    assert unknown == {"roles.innovator": "filled far less often than in the last good run"}
    assert "90% of the records in the last good run and is on 40% now" in found.problem
    assert "--accept null-jump" in found.fix


@pytest.mark.parametrize(("rows", "jumped"), [(FEWEST_ROWS - 1, False), (FEWEST_ROWS, True)])
def test_a_few_rows_make_no_jump(rows: int, jumped: bool) -> None:
    assert bool(judged(probe("account.tier", rows, 1, 1.0))[0]) is jumped


def test_without_a_last_good_run_nothing_jumps() -> None:
    assert judged(probe("account.tier", 100, 1, None)) == ({}, ())


def test_a_rise_is_no_jump() -> None:
    assert judged(probe("account.tier", 100, 100, 0.1)) == ({}, ())


def test_a_limit_of_one_accepts_any_fall_but_not_emptiness() -> None:
    assert judged(probe("account.tier", 100, 1, 1.0), jump=1.0) == ({}, ())
    assert judged(probe("account.tier", 100, 0, 1.0), jump=1.0)[0]


def test_an_unmapped_field_needs_no_second_finding() -> None:
    assert judged(probe("account.tier", 40, 0), unmapped=frozenset({"account.tier"})) == ({}, ())


@pytest.mark.parametrize(("whole", "part"), [("roles", "roles.innovator"), ("plans", "plan.next_review_on")])
def test_what_belongs_to_something_unknown_is_not_said_again(whole: str, part: str) -> None:
    unknown, findings = judged(probe(part, 40, 0), probe(whole, 40, 0))
    assert set(unknown) == {whole}
    assert [found.subject for found in findings] == [whole]
    assert judged(probe(part, 40, 0), unmapped=frozenset({whole})) == ({}, ())


def test_one_empty_role_beside_others_is_unknown_alone() -> None:
    unknown, _ = judged(probe("roles", 40, 40), probe("roles.innovator", 40, 0), probe("roles.collaborator", 40, 3))
    assert set(unknown) == {"roles.innovator"}
