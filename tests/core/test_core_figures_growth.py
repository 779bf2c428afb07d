"""Concentration, retention, load and white space: the figures, their bounds, and what orders cannot change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kam_sync.figures.concentration import concentration, sales_groups
from kam_sync.figures.load import (
    ManagerLoad,
    account_load,
    findings_per_manager,
    manager_loads,
    roles_per_person,
)
from kam_sync.figures.retention import ending, new_pipeline, retention, weighted
from kam_sync.figures.whitespace import Cell, attempts, whitespace, whitespace_grid
from kam_sync.records import Account, Contract, Opportunity, OpportunityType, Role, RoleAssignment, SalesRow

BEGIN, END = dt.date(2025, 1, 1), dt.date(2025, 12, 31)


def row(slug: str, amount: float = 0, parent: str | None = None, *, key: bool = False) -> SalesRow:
    return SalesRow(id=slug, name=slug, amount=amount, parent_id=parent, in_scope=key)


def roots(rows: Iterable[SalesRow]) -> dict[str, set[str]]:
    return {group.root_id: {member.id for member in group.rows} for group in sales_groups(rows)}


def test_accounts_are_rolled_up_to_the_topmost() -> None:
    rows = [row("C", parent="B"), row("B", parent="A"), row("A"), row("D", parent="A"), row("E")]
    assert roots(rows) == {"A": {"A", "B", "C", "D"}, "E": {"E"}}


def test_a_parent_without_a_row_holds_its_children_together() -> None:
    assert roots([row("B", parent="A"), row("C", parent="A")]) == {"A": {"B", "C"}}


def test_circles_are_one_group_with_what_hangs_below_them() -> None:
    rows = [
        row("B", parent="C"),
        row("C", parent="D"),
        row("D", parent="B"),
        row("A", parent="D"),
        row("E", parent="E"),
    ]
    assert roots(rows) == {"B": {"A", "B", "C", "D"}, "E": {"E"}}


@given(st.dictionaries(st.integers(0, 9), st.none() | st.integers(0, 12), max_size=10))
def test_every_account_is_in_one_group_with_its_parent_whatever_the_order(parents: dict[int, int | None]) -> None:
    rows = [row(str(child), child, None if parent is None else str(parent)) for child, parent in parents.items()]
    groups = roots(rows)
    assert sorted(member for members in groups.values() for member in members) == sorted(one.id for one in rows)
    group_of = {member: root for root, members in groups.items() for member in members}
    for one in rows:
        if one.parent_id in group_of:
            assert group_of[one.id] == group_of[one.parent_id]
    assert roots(reversed(rows)) == groups


def test_shares_index_and_pareto() -> None:
    spread = concentration([row("A", 40, key=True), row("B", 10, "A"), row("C", 30), row("D", 20), row("E", 0)])
    assert spread is not None
    assert (spread.total, spread.key_share, spread.top1_share) == (100, 0.5, 0.5)
    assert spread.herfindahl == pytest.approx(0.25 + 0.09 + 0.04)
    assert spread.pareto() == pytest.approx(2 / 3)
    assert spread.pareto(0.5) == pytest.approx(1 / 3)
    assert spread.pareto(1) == 1
    lead = spread.top.lead
    assert lead is not None
    assert lead.id == "A"


def test_without_rolling_up_each_stands_for_itself() -> None:
    spread = concentration([row("A", 40, key=True), row("B", 60, "A")], roll_up=False)
    assert spread is not None
    assert (spread.key_share, spread.top1_share, spread.top.lead) == (0.4, 0.6, None)


def test_of_equal_key_accounts_the_smallest_id_leads() -> None:
    (group,) = sales_groups([row("C", 5, "A", key=True), row("B", 5, "A", key=True), row("D", 9, "A")])
    assert group.lead is not None
    assert group.lead.id == "B"


@pytest.mark.parametrize("rows", [[], [row("A", 0)], [row("A", 5), row("B", -5)]])
def test_without_sales_there_is_no_concentration(rows: list[SalesRow]) -> None:
    assert concentration(rows) is None


@given(st.lists(st.floats(0.01, 1e9), min_size=1, max_size=30))
def test_the_index_and_pareto_stay_in_their_bounds(amounts: list[float]) -> None:
    spread = concentration([row(str(number), amount) for number, amount in enumerate(amounts)])
    assert spread is not None
    assert 1 / len(amounts) - 1e-9 <= spread.herfindahl <= 1 + 1e-9
    assert 0 < spread.pareto() <= 1
    assert spread.pareto(0.2) <= spread.pareto(0.8) <= spread.pareto(1)


def contract(slug: str, end_on: dt.date | None, value: float | None = 100, *, active: bool = False) -> Contract:
    return Contract(id=slug, account_id="A1", name=slug, end_on=end_on, value=value, is_active=active)


def sale(
    close_on: dt.date | None,
    kind: OpportunityType | None = OpportunityType.RENEWAL,
    *,
    slug: str = "D1",
    amount: float | None = 70,
    probability: float | None = None,
    account: str = "A1",
    won: bool = True,
    is_open: bool = False,
) -> Opportunity:
    return Opportunity(
        id=slug,
        account_ids=(account,),
        name=slug,
        is_open=is_open,
        is_won=won,
        close_on=close_on,
        type=kind,
        amount=amount,
        probability=probability,
    )


def test_what_ended_was_kept_by_a_renewal_or_by_a_contract_that_follows() -> None:
    ended = dt.date(2025, 3, 31)
    by_renewal = retention([contract("C1", ended)], [sale(dt.date(2025, 9, 27))], BEGIN, END)
    assert (by_renewal.ended, by_renewal.renewed, by_renewal.share, by_renewal.lost) == (100, 100, 1, ())
    follower = contract("C2", dt.date(2026, 3, 31), active=True)
    assert retention([contract("C1", ended), follower], [], BEGIN, END).share == 1


@pytest.mark.parametrize(
    "deal",
    [
        sale(dt.date(2025, 9, 28)),
        sale(dt.date(2024, 10, 1)),
        sale(None),
        sale(dt.date(2025, 3, 1), OpportunityType.EXPANSION),
        sale(dt.date(2025, 3, 1), account="A2"),
        sale(dt.date(2025, 3, 1), won=False),
        sale(dt.date(2025, 3, 1), won=False, is_open=True),
    ],
)
def test_what_is_too_far_away_or_no_renewal_of_this_account_keeps_nothing(deal: Opportunity) -> None:
    lost = contract("C1", dt.date(2025, 3, 31))
    assert retention([lost], [deal], BEGIN, END).lost == (lost,)


def test_a_contract_follows_one_only_and_must_be_active_and_end_later() -> None:
    ended = [contract("C1", dt.date(2025, 3, 31), 300), contract("C2", dt.date(2025, 6, 30), 100)]
    later = contract("C3", dt.date(2026, 6, 30), active=True)
    found = retention([*ended, later, contract("C4", dt.date(2026, 6, 30))], [], BEGIN, END)
    assert (found.ended, found.renewed, found.share) == (400, 300, 0.75)
    assert [one.id for one in found.lost] == ["C2"]


def test_contracts_outside_the_span_do_not_count_and_new_business_does() -> None:
    contracts = [contract("C1", dt.date(2024, 12, 31)), contract("C2", dt.date(2026, 1, 1)), contract("C3", None)]
    deals = [
        sale(BEGIN, OpportunityType.NEW_BUSINESS, slug="D1"),
        sale(END, OpportunityType.NEW_BUSINESS, slug="D2", amount=5),
        sale(END, OpportunityType.NEW_BUSINESS, slug="D3", amount=None),
        sale(dt.date(2026, 1, 1), OpportunityType.NEW_BUSINESS, slug="D4"),
        sale(END, OpportunityType.EXPANSION, slug="D5"),
    ]
    found = retention(contracts, deals, BEGIN, END)
    assert (found.ended, found.share, found.new_business) == (0, None, 75)


def test_what_ends_and_what_could_replace_it_share_their_span() -> None:
    after, until = dt.date(2025, 1, 31), dt.date(2025, 2, 28)
    days = (after, dt.date(2025, 2, 1), until, dt.date(2025, 3, 1))
    contracts = [contract(f"C{number}", day, active=True) for number, day in enumerate(days)]
    assert [one.id for one in ending(contracts, after, until)] == ["C1", "C2"]
    kinds = (None, OpportunityType.EXPANSION, OpportunityType.RENEWAL, OpportunityType.NEW_BUSINESS)
    deals = [sale(day, kind, slug=f"{day}:{kind}", won=False, is_open=True) for day in (*days, None) for kind in kinds]
    found = new_pipeline(deals, after, until)
    assert len(found) == 6
    assert {one.close_on for one in found} == {days[1], days[2]}


@pytest.mark.parametrize(
    ("amount", "probability", "worth"), [(200, 0.25, 50), (None, 1, 0), (200, None, 0), (200, 0, 0)]
)
def test_what_an_opportunity_is_worth(amount: float | None, probability: float | None, worth: float) -> None:
    assert weighted(sale(None, amount=amount, probability=probability)) == worth


def test_loads_count_accounts_and_each_open_deal_once() -> None:
    shared = Opportunity(id="D1", account_ids=("A1", "A2"), name="", is_open=True, owner_id="bao")
    closed = Opportunity(id="D2", account_ids=("A1",), name="", is_open=False, owner_id="bao")
    nobodys = Opportunity(id="D3", account_ids=("A1",), name="", is_open=True)
    loads = [
        account_load(Account(id="A1", name="", owner_id="ayse"), [shared, closed, nobodys]),
        account_load(Account(id="A2", name="", owner_id="ayse"), [shared]),
        account_load(Account(id="A3", name="")),
    ]
    assert manager_loads(loads) == {
        "ayse": ManagerLoad(accounts=("A1", "A2")),
        "bao": ManagerLoad(open_deals=("D1",)),
    }


def test_roles_are_counted_once_per_account_and_only_of_users() -> None:
    def holds(role: Role, account: str, user: str | None, source: str = "team") -> RoleAssignment:
        return RoleAssignment(
            id=f"{role}{account}{user}{source}", account_id=account, role=role, user_id=user, source=source
        )

    found = roles_per_person(
        [
            holds(Role.INNOVATOR, "A1", "ayse"),
            holds(Role.INNOVATOR, "A1", "ayse", "field"),
            holds(Role.INNOVATOR, "A2", "ayse"),
            holds(Role.COLLABORATOR, "A2", "ayse"),
            holds(Role.COLLABORATOR, "A2", None),
        ]
    )
    assert found == {"ayse": {Role.INNOVATOR: 2, Role.COLLABORATOR: 1}}


def test_findings_are_counted_by_manager_and_area() -> None:
    pairs = [("bao", "plan"), ("ayse", "growth"), ("bao", "growth"), ("bao", "plan"), (None, "plan")]
    found = findings_per_manager(pair for pair in pairs)
    assert found == {"": {"plan": 1}, "ayse": {"growth": 1}, "bao": {"growth": 1, "plan": 2}}
    assert list(found) == ["", "ayse", "bao"]


def offer(
    *products: str,
    slug: str = "D1",
    made: dt.date | None = None,
    won_on: dt.date | None = None,
    is_open: bool = True,
) -> Opportunity:
    is_won = won_on is not None
    return Opportunity(
        id=slug,
        account_ids=("A1",),
        name=slug,
        is_open=is_open and not is_won,
        is_won=is_won,
        close_on=won_on,
        created_on=made,
        products=products,
    )


def test_cells_tell_owned_from_open_from_white() -> None:
    deals = [
        offer("belts", won_on=BEGIN, slug="D1"),
        offer(" Belts ", "DRIVES", slug="D2"),
        offer("Parts", is_open=False, slug="D3"),
    ]
    names = ("Belts", "Drives", "Parts")
    row_of = {"Belts": Cell.OWNED, "Drives": Cell.OPEN, "Parts": Cell.WHITE}
    assert whitespace(names, deals) == row_of
    assert list(whitespace(names, deals)) == list(names)
    assert whitespace_grid(iter(names), [("A1", deals), ("A2", ())]) == {
        "A1": row_of,
        "A2": dict.fromkeys(names, Cell.WHITE),
    }


def test_an_attempt_is_recent_or_open_and_about_something_not_bought_before() -> None:
    since, before, after = dt.date(2025, 1, 1), dt.date(2024, 12, 31), dt.date(2025, 1, 2)
    assert attempts([offer("X", made=since, is_open=False)], since)
    assert not attempts([offer("X", made=before, is_open=False)], since)
    assert attempts([offer("X", made=before)], since)
    assert attempts([offer("X")], since)
    assert not attempts([offer(made=since)], since)
    first = offer("X", slug="W1", made=before, won_on=before)
    assert not attempts([first, offer("X", made=since, is_open=False)], since)
    assert not attempts([first, offer("x ", made=since)], since)
    assert attempts([first, offer("X", "Y", made=since)], since)
    later = offer("X", slug="W1", made=before, won_on=after)
    assert attempts([later, offer("X", made=since, is_open=False)], since)
    assert attempts([offer("X", slug="W1", made=since, won_on=after)], since)
    nobody_knows_when = replace(offer("X", made=since, won_on=after), close_on=None)
    assert attempts([nobody_knows_when], since)
    assert not attempts([nobody_knows_when, offer("X", slug="D2", made=since, is_open=False)], since)[1:]
