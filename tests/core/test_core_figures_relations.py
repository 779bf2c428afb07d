"""The figures about the customer's people: touches, decision group, reporting lines, and a competitor's way in."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from kam_sync.figures.decision_group import ProfilePart, coverage, profile_filling
from kam_sync.figures.reporting_line import highest_route, managers_above, route_to
from kam_sync.figures.shortest_path import (
    OpeningKind,
    lost_for_lack,
    quiet_contacts,
    shortest_path,
    unit_key,
    untouched_units,
)
from kam_sync.figures.touches import happened_on, last_touches
from kam_sync.records import (
    Activity,
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    Contact,
    Opportunity,
    RecordKind,
    Stance,
)

TODAY = dt.date(2024, 2, 29)
DECIDES, PAYS, JUDGES, SPEAKS = (
    BuyingRole.DECISION_MAKER,
    BuyingRole.ECONOMIC_BUYER,
    BuyingRole.TECHNICAL_BUYER,
    BuyingRole.CHAMPION,
)


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def person(slug: str, *roles: BuyingRole, boss: str | None = None, unit: str | None = None) -> Contact:
    return Contact(
        id=slug,
        account_ids=("A1",),
        name=f"Contact {slug}",
        buying_roles=roles,
        reports_to_id=boss,
        department=unit,
        created_on=ago(500),
    )


def activity(
    on: dt.date | None,
    *contact_ids: str,
    kind: ActivityKind = ActivityKind.MEETING,
    status: ActivityStatus = ActivityStatus.DONE,
    our_key: str | None = None,
) -> Activity:
    return Activity(
        id=f"{kind}{on}", account_ids=("A1",), kind=kind, status=status, on=on, contact_ids=contact_ids, our_key=our_key
    )


def lost(slug: str, on: dt.date | None, reason: str | None) -> Opportunity:
    return Opportunity(
        id=slug, account_ids=("A1",), name=f"Deal {slug}", is_open=False, close_on=on, loss_reason=reason
    )


# --- Touches


@pytest.mark.parametrize(
    ("kind", "status", "on", "expected"),
    [
        (ActivityKind.TASK, ActivityStatus.DONE, ago(2), ago(2)),
        (ActivityKind.TASK, ActivityStatus.DONE, ago(-2), TODAY),
        (ActivityKind.TASK, ActivityStatus.OPEN, ago(2), None),
        (ActivityKind.MEETING, ActivityStatus.OPEN, ago(1), ago(1)),
        (ActivityKind.MEETING, ActivityStatus.OPEN, TODAY, None),
        (ActivityKind.CALL, ActivityStatus.OPEN, ago(-1), None),
        (ActivityKind.CALL, ActivityStatus.CANCELED, ago(1), None),
        (ActivityKind.CALL, ActivityStatus.DONE, None, None),
    ],
)
def test_when_something_happened(
    kind: ActivityKind, status: ActivityStatus, on: dt.date | None, expected: dt.date | None
) -> None:
    assert happened_on(activity(on, kind=kind, status=status), TODAY) == expected


def test_the_last_touch_of_each_contact_counts_and_our_own_tasks_do_not() -> None:
    activities = [
        activity(ago(9), "c1", "c2"),
        activity(ago(20), "c1"),
        activity(ago(1), "c2", kind=ActivityKind.TASK, our_key="k1"),
        activity(ago(-3), "c3", status=ActivityStatus.OPEN),
    ]
    assert last_touches(activities, TODAY) == {"c1": ago(9), "c2": ago(9)}
    assert last_touches([], TODAY) == {}


# --- The decision group


def test_coverage_names_who_plays_what_and_what_is_missing() -> None:
    both, judge = person("c1", DECIDES, PAYS), person("c2", JUDGES, BuyingRole.END_USER)
    found = coverage([both, judge])
    assert found.people == {DECIDES: (both,), PAYS: (both,), JUDGES: (judge,), SPEAKS: ()}
    assert found.missing == (SPEAKS,)
    assert found.percent == 75
    assert coverage([both, judge], [SPEAKS, DECIDES, BuyingRole.INFLUENCER]).percent == 33
    assert coverage([]).percent == 0
    assert coverage([both], []).percent is None


def test_the_profile_counts_the_role_itself_and_only_members() -> None:
    full = dataclasses.replace(person("c1", DECIDES), stance=Stance.NEUTRAL, influence=True, decision_criteria=True)
    filling = profile_filling([full, person("c2", SPEAKS), person("c3")], touched={"c1", "c3"})
    assert (filling.asked, filling.filled, filling.percent) == (10, 6, 60)
    assert [profile.empty for profile in filling.profiles] == [(), tuple(ProfilePart)]
    assert profile_filling([person("c3")]).percent is None
    assert profile_filling([full], [ProfilePart.TOUCH]).percent == 50
    assert profile_filling([full], []).percent == 100


# --- Reporting lines


def test_managers_above_stop_at_the_top_at_a_gap_and_at_a_circle() -> None:
    chain = [person("c1", boss="c2"), person("c2", boss="c3"), person("c3")]
    assert [contact.id for contact in managers_above(chain[0], chain)] == ["c2", "c3"]
    gap = [person("c1", boss="elsewhere")]
    assert managers_above(gap[0], gap) == ()
    itself = person("c1", boss="c1")
    assert managers_above(itself, [itself]) == ()
    circle = [person("c1", boss="c2"), person("c2", boss="c3"), person("c3", boss="c2")]
    assert [contact.id for contact in managers_above(circle[0], circle)] == ["c2", "c3"]


def test_the_shortest_known_way_up_is_taken() -> None:
    chain = [person("c1", boss="c2"), person("c2", boss="c3"), person("c3", boss="c4"), person("c4")]
    top = chain[2]
    assert [one.id for one in route_to(top, chain, {"c1"})] == ["c1", "c2", "c3"]
    assert [one.id for one in route_to(top, chain, {"c1", "c2", "c4"})] == ["c2", "c3"]
    assert route_to(top, chain, {"c3", "c4"}) == ()
    assert route_to(top, chain, set()) == ()
    twins = [person("b", boss="c3"), person("a", boss="c3"), chain[2]]
    assert [one.id for one in route_to(top, twins, {"a", "b"})] == ["a", "c3"]


def test_the_highest_way_leads_from_somebody_we_know_to_the_top_of_the_line() -> None:
    chain = [person("c1", boss="c2"), person("c2", boss="c3"), person("c3"), person("c4", boss="c3")]
    assert [one.id for one in highest_route(chain, {"c1", "c2", "c4"})] == ["c1", "c2", "c3"]
    assert highest_route(chain, {"c3"}) == ()
    assert highest_route(chain, set()) == ()


def test_a_circle_of_everybody_ends() -> None:
    ring = [person(f"c{number}", boss=f"c{(number + 1) % 50}") for number in range(50)]
    assert len(managers_above(ring[0], ring)) == 49
    assert [one.id for one in route_to(ring[2], ring, {"c0"})] == ["c0", "c1", "c2"]


# --- A competitor's way in


def test_a_unit_is_told_apart_without_case_or_blanks() -> None:
    assert unit_key("  Süd  STRASSE ") == unit_key("süd straße") == "süd strasse"


def test_units_are_ranked_by_how_long_nobody_was_there() -> None:
    people = [
        person("c1", unit="IT"),
        person("c2", unit="Legal"),
        person("c3", unit="Logistics"),
        person("c4", unit=" logistics"),
        person("c5"),
    ]
    touches = {"c1": ago(800), "c2": ago(366), "c4": ago(365), "c5": ago(900)}
    found = untouched_units(people, touches, ago(365), ["Quality", "it"])
    assert [(unit.key, unit.last_touch) for unit in found] == [
        ("quality", None),
        ("it", ago(800)),
        ("legal", ago(366)),
    ]
    assert [unit.name for unit in found] == ["Quality", "it", "Legal"]
    assert found[0].contacts == ()
    assert untouched_units([person("c1")], {}, ago(365)) == ()


def test_what_was_lost_for_a_lack_is_found_by_words() -> None:
    gap, feature = lost("D1", ago(10), "Product  GAP: cold chain"), lost("D2", ago(20), "a missing feature")
    others = [
        lost("D3", ago(30), "price"),
        lost("D4", None, "product gap"),
        lost("D5", ago(366), "product gap"),
        lost("D6", ago(10), None),
        dataclasses.replace(gap, id="D7", is_won=True),
        dataclasses.replace(gap, id="D8", is_open=True),
    ]
    assert lost_for_lack([feature, *others, gap], ago(365)) == (gap, feature)
    assert [deal.id for deal in lost_for_lack([feature, *others, gap], ago(365), ["PRICE"])] == ["D3"]


def test_quiet_contacts_count_from_the_last_touch_else_from_their_creation() -> None:
    undated = dataclasses.replace(person("c4"), created_on=None)
    found = quiet_contacts([person("c1"), person("c2"), person("c3"), undated], {"c1": ago(31), "c2": ago(30)}, ago(30))
    assert [(quiet.contact.id, quiet.since, quiet.never) for quiet in found] == [
        ("c3", ago(500), True),
        ("c1", ago(31), False),
    ]


def test_the_shortest_path_ranks_units_then_lacks_then_people_with_their_evidence() -> None:
    people = [
        person("c1", SPEAKS, unit="IT"),
        person("c2", DECIDES, unit="Legal"),
        person("c3", BuyingRole.INFLUENCER, unit="Legal"),
    ]
    deals = [
        lost("D1", ago(10), "Missing feature"),
        lost("D2", ago(20), "Product gap"),
        lost("D3", ago(30), "product  gap"),
        lost("D4", dt.date(2023, 2, 28), "functionality"),
        lost("D5", dt.date(2023, 2, 27), "functionality"),
    ]
    path = shortest_path(
        contacts=people,
        touches={"c2": ago(31), "c3": ago(5)},
        opportunities=deals,
        today=TODAY,
        units=["Quality"],
    )
    assert [(opening.rank, opening.kind, opening.name) for opening in path] == [
        (1, OpeningKind.UNIT, "Quality"),
        (2, OpeningKind.UNIT, "IT"),
        (3, OpeningKind.OFFER, "Product gap"),
        (4, OpeningKind.OFFER, "Missing feature"),
        (5, OpeningKind.OFFER, "functionality"),
        (6, OpeningKind.CONTACT, "Contact c1"),
        (7, OpeningKind.CONTACT, "Contact c2"),
    ]
    assert all(opening.evidence for opening in path)
    assert [evidence.record for evidence in path[2].evidence] == [
        (RecordKind.OPPORTUNITY, "D2"),
        (RecordKind.OPPORTUNITY, "D3"),
    ]
    assert path[5].evidence[0].text == f"Recorded on {ago(500)} and never touched"
    assert path[6].evidence[0].text == f"Last touched on {ago(31)}"


def test_an_account_that_is_looked_after_has_no_opening() -> None:
    path = shortest_path(
        contacts=[person("c1", SPEAKS, unit="IT")], touches={"c1": ago(30)}, opportunities=[], today=TODAY
    )
    assert path == ()
    assert shortest_path(contacts=[], touches={}, opportunities=[], today=TODAY) == ()
