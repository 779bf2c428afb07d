"""Setup against the local HubSpot: from a portal in which nothing is prepared to tasks with their key, and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from kam_sync import job
from kam_sync.clock import ManualClock
from kam_sync.config import LoadedPolicy, parse_policy
from kam_sync.errors import ConfigError, PermissionDeniedError, RefusedError, TransientError
from kam_sync.portfolio import Portfolio
from kam_sync.ports import Runtime
from kam_sync.records import PlanPart, Role
from kam_sync.registry import load_rules
from kam_sync.session import JobSettings
from kam_sync.setup_ports import ItemState, SetsUp, SetupItem, Survey
from kam_sync.store import Store
from kam_sync_hubspot import HubSpotConnector
from kam_sync_hubspot.local_crm import Exchange, Fault, FaultKind, LocalHubSpot
from kam_sync_hubspot.settings import HubSpotSettings
from support_hubspot_contract import require_contract, uncovered
from support_local_hubspot import SMALL, Client

NOW = dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """A running portal in which no administrator has prepared anything."""

    crm: LocalHubSpot
    clock: ManualClock
    exchanges: list[Exchange]

    @property
    def connection(self) -> str:
        """The lines that lead a policy to it."""
        return (
            f"    auth: {{access_token: {self.crm.access_token}}}\n"
            f"    host: {self.crm.url}\n    allow_loopback_http: true\n"
        )

    @contextmanager
    def open(self, section: Mapping[str, object] | BaseModel | None = None) -> Iterator[HubSpotConnector]:
        """Open a connector by a section of a policy; without one, nothing is mapped."""
        host = {"auth": {"access_token": self.crm.access_token}, "host": self.crm.url, "allow_loopback_http": True}
        if isinstance(section, BaseModel):
            settings = section
        else:
            settings = HubSpotSettings.model_validate({**host, **(section or {})})
        runtime = Runtime(
            clock=self.clock,
            sleep=lambda seconds: self.clock.advance(seconds=seconds),
            timezone=ZoneInfo("UTC"),
        )
        connector = HubSpotConnector.open(settings, runtime)
        try:
            yield connector
        finally:
            connector.close()

    def policy(self, survey: Survey, folder: Path) -> LoadedPolicy:
        """Return the policy that agrees to everything proposed."""
        section = HubSpotConnector.section("portal", self.connection, survey, survey.proposed)
        text = f"version: 1\norgs:\n{section}tasks:\n  fallback_assignee: amara.okafor@ours.example\n"
        return parse_policy(text, path=folder / "kam-sync.yaml", rules=load_rules(), environment={})


@contextmanager
def running(folder: Path, portfolio: Portfolio | None = None, *, bare: bool = True) -> Iterator[Bare]:
    clock = ManualClock(NOW)
    crm = LocalHubSpot.start(folder, clock=clock, bare=bare)
    exchanges: list[Exchange] = []
    crm.recorder = exchanges.append
    try:
        if portfolio is not None:
            crm.load(portfolio)
        yield Bare(crm=crm, clock=clock, exchanges=exchanges)
    finally:
        crm.stop()


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Bare]:
    with running(tmp_path / "portal") as started:
        yield started


SECTION: Mapping[str, object] = {
    "scope": {"property": "key_account_class", "values": ["key", "strategic"]},
    "fields": {
        "account.tier": "account_tier",
        "account.revenue": "our_revenue",
        "account.recovery_target": "recovery_target",
        "account.tender_on": "tender_on",
        "contact.stance": "stance",
        "contact.left": "left_company",
        "contact.influence": ["influence", "influence_2"],
    },
    "values": {"contact.stance": {"supporter": ["with_us"], "blocker": ["against"]}},
    "criteria": {"product_fit": "fit_score"},
    "roles": {"owner_properties": {"innovator": ["innovator_owner"], "collaborator": ["innovator_owner"]}},
    "plan": {"fields": {"next_review_on": "plan_next_review"}, "parts": {"strategy": ["plan_strategy"]}},
    "feedback": {"object": "companies", "fields": {"on": "feedback_on", "grade": "grade"}, "scale": "nps"},
    "contracts": {
        "object": "2-5004",
        "fields": {"end_on": "ends"},
        "active": {"property": "status", "values": ["active"]},
    },
}


def states(items: Sequence[SetupItem]) -> Mapping[str, ItemState]:
    return {item.id: item.state for item in items}


def missing(items: Sequence[SetupItem]) -> list[SetupItem]:
    return [item for item in items if item.state is ItemState.MISSING]


def set_up_all(connector: SetsUp) -> int:
    """Make what is missing and return how much that was."""
    lacking = missing(connector.setup_items())
    for item in lacking:
        connector.set_up(item)
    return len(lacking)


def one(items: Sequence[SetupItem], part: str) -> SetupItem:
    (found,) = [item for item in items if part in item.id]
    return found


def test_the_connector_sets_up(bare: Bare) -> None:
    with bare.open() as connector:
        assert isinstance(connector, SetsUp)
        assert connector.setup_files() == {}


# From nothing to tasks and back ----------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Life:
    """What was seen of a portal that was surveyed, set up, worked in and taken down."""

    survey: Survey
    policy: LoadedPolicy
    before: Sequence[SetupItem]
    made: int
    after: Sequence[SetupItem]
    made_again: int
    creations: int
    result: job.OrgResult
    keys: set[str | None]
    filled: Mapping[str, int | None]
    at_last: Sequence[SetupItem]
    exchanges: Sequence[Exchange]


def live(folder: Path) -> Life:
    with running(folder / "portal", SMALL) as bare:
        with bare.open() as connector:
            survey = connector.survey()
        policy = bare.policy(survey, folder)
        with bare.open(policy.settings["portal"]) as connector:
            before = connector.setup_items()
            made = set_up_all(connector)
            after = connector.setup_items()
            made_again = set_up_all(connector)
            creations = sum(n for call, n in connector.usage().by_call.items() if call.startswith("create "))
            for item in missing(before):
                connector.set_up(item)
        for role in Role:
            if role is not Role.INNOVATOR:
                bare.crm.people.assign_role("solaris", role, "amara")
        bare.crm.people.set_plan("solaris", parts=frozenset({PlanPart.STRATEGY}), next_review_on=dt.date(2027, 1, 1))
        settings = JobSettings(clock=bare.clock, sleep=lambda seconds: bare.clock.advance(seconds=seconds))
        with Store.at(folder / "kam-sync.db") as store:
            result = job.run(policy, store, settings, apply=True).orgs[0]
        keys = {task.key for task in bare.crm.people.tasks(account="solaris")} - {None}
        bare.clock.advance(seconds=120)  # until search sees what was written
        with bare.open(policy.settings["portal"]) as connector:
            items = connector.setup_items()
            for item in reversed(items):
                if item.state is ItemState.OURS:
                    connector.take_down(item)
            at_last = connector.setup_items()
            for item in items:
                if item.state is ItemState.OURS:
                    connector.take_down(item)
        return Life(
            survey=survey,
            policy=policy,
            before=before,
            made=made,
            after=after,
            made_again=made_again,
            creations=creations,
            result=result,
            keys=keys,
            filled={item.id: item.filled for item in items},
            at_last=at_last,
            exchanges=bare.exchanges,
        )


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    return live(tmp_path_factory.mktemp("bare"))


def test_a_bare_portal_lacks_everything_and_setup_makes_it_all(life: Life) -> None:
    before = dict(states(life.before))
    assert before.pop("property companies.hs_is_target_account") is ItemState.PRESENT
    assert set(before.values()) == {ItemState.MISSING}
    assert [item.id for item in life.before][:2] == ["property tasks.kam_sync_key", "group companies.kam_sync"]
    assert life.made == len(before) == 2 + len(Role) + 2 + len(PlanPart)
    after = states(life.after)
    assert {after[id_] for id_ in before} == {ItemState.OURS}
    assert "90 days" in one(life.after, "plan_strategy").removal


def test_setting_up_again_makes_nothing(life: Life) -> None:
    assert life.made_again == 0
    assert [item.id for item in life.after] == [item.id for item in life.before]
    assert life.creations == life.made + 1, "the key is tried as a unique one first; nothing is created twice"


def test_people_fill_what_was_made_and_tasks_carry_their_key(life: Life) -> None:
    assert life.result.error is None
    assert life.result.check is not None
    codes = {code for code, _severity in life.result.check.findings}
    assert "KAM101" in codes, "the role without a holder is seen through the property that setup made"
    assert life.keys
    assert all(key and key.startswith("k1") for key in life.keys)
    assert life.filled["property companies.innovator_owner"] == 0
    assert life.filled["property companies.results_driver_owner"] == 1
    assert (life.filled["property tasks.kam_sync_key"] or 0) >= len(life.keys)


def test_what_is_taken_down_is_missing_again(life: Life) -> None:
    assert states(life.at_last) == states(life.before)
    assert {item.filled for item in life.at_last} == {0}


def test_setups_exchanges_keep_to_an_independent_description(life: Life) -> None:
    contract = require_contract()
    assert uncovered(contract, life.exchanges) <= {
        "GET /account-info/2026-09/details",
        *(f"{method} /crm/objects/2026-03/{kind}" for method in ("GET",) for kind in ("calls", "quotes", "tickets")),
        *(f"POST /crm/objects/2026-03/{kind}/batch/read" for kind in ("calls", "quotes", "tickets")),
    }
    told = [each for each in life.exchanges if contract.covers(each) and "/crm/properties/" in each.path]
    assert {each.method for each in told} == {"GET", "POST", "DELETE"}
    assert [problem for each in told for problem in contract.problems(each)] == []


# What is made ----------------------------------------------------------------------------------------------------


def definitions(bare: Bare, object_type: str) -> Mapping[str, Mapping[str, object]]:
    with Client(bare.crm.url, bare.crm.access_token) as client:
        listed = client.get(f"/crm/properties/2026-09/{object_type}").each()
    return {str(each["name"]): each for each in listed}


def option_values(definition: Mapping[str, object]) -> list[object]:
    options = definition["options"]
    assert isinstance(options, list)
    return [option["value"] for option in options]


def test_every_name_gets_a_property_of_its_kind(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        items = connector.setup_items()
        set_up_all(connector)
        again = connector.setup_items()
    assert one(items, "object 2-5004").state is ItemState.BY_HAND
    assert "contracts" in one(items, "object 2-5004").remedy
    assert {state for id_, state in states(again).items() if id_ != "object 2-5004"} == {ItemState.OURS}
    companies, contacts = definitions(bare, "companies"), definitions(bare, "contacts")
    forms = {
        "key_account_class": ("enumeration", "select"),
        "account_tier": ("enumeration", "select"),
        "our_revenue": ("number", "number"),
        "recovery_target": ("enumeration", "select"),
        "tender_on": ("date", "date"),
        "fit_score": ("number", "number"),
        "innovator_owner": ("enumeration", "select"),
        "plan_next_review": ("date", "date"),
        "plan_strategy": ("string", "textarea"),
        "feedback_on": ("date", "date"),
        "grade": ("number", "number"),
    }
    assert {name: (companies[name]["type"], companies[name]["fieldType"]) for name in forms} == forms
    assert option_values(companies["key_account_class"]) == ["key", "strategic"]
    assert option_values(companies["account_tier"]) == ["A", "B", "C"]
    assert option_values(contacts["stance"]) == ["with_us", "against"]
    assert contacts["left_company"]["type"] == "bool"
    assert contacts["influence_2"]["fieldType"] == "textarea"
    assert companies["innovator_owner"]["referencedObjectType"] == "OWNER"
    assert one(items, "innovator_owner").serves == {"roles.innovator", "roles.collaborator"}
    assert {companies[name]["groupName"] for name in forms} == {"kam_sync"}
    key = definitions(bare, "tasks")["kam_sync_key"]
    assert (key["type"], key["groupName"], key["hasUniqueValue"]) == ("string", "task", False)
    assert str(key["description"]).startswith("Made by kam-sync setup")


def test_the_key_is_unique_where_hubspot_takes_that(bare: Bare) -> None:
    bare.crm.switches.unique_task_properties = True
    with bare.open() as connector:
        assert set_up_all(connector) == 1
    assert definitions(bare, "tasks")["kam_sync_key"]["hasUniqueValue"] is True


def test_what_the_connector_reads_by_default_is_not_set_up(bare: Bare) -> None:
    with bare.open() as connector:
        assert [item.id for item in connector.setup_items()] == ["property tasks.kam_sync_key"]


def test_a_choice_without_values_waits_for_them(bare: Bare) -> None:
    with bare.open({"fields": {"contact.stance": "stance"}}) as connector:
        item = one(connector.setup_items(), "stance")
    assert item.state is ItemState.BY_HAND
    assert "values: contact.stance" in item.remedy


def test_hubspots_own_property_that_is_not_there_is_made_by_nobody(bare: Bare) -> None:
    with bare.open({"fields": {"account.tier": "hs_ideal_customer_profile"}}) as connector:
        item = one(connector.setup_items(), "hs_ideal")
    assert item.state is ItemState.BY_HAND
    assert "subscription" in item.remedy
    assert "fields: account.tier" in item.remedy


# What is there already -------------------------------------------------------------------------------------------


def make(bare: Bare, object_type: str, name: str, type_: str, field_type: str, **more: object) -> None:
    group = {"companies": "companyinformation", "contacts": "contactinformation", "tasks": "task"}[object_type]
    body = {"name": name, "label": name, "type": type_, "fieldType": field_type, "groupName": group, **more}
    with Client(bare.crm.url, bare.crm.access_token) as client:
        assert client.post(f"/crm/properties/2026-09/{object_type}", body).status == 201


def change(bare: Bare, object_type: str, name: str, **changes: object) -> None:
    with Client(bare.crm.url, bare.crm.access_token) as client:
        reply = client.call("PATCH", f"/crm/properties/2026-09/{object_type}/{name}", changes)
        assert reply.status == 200, reply.text


def test_a_property_of_another_kind_differs(bare: Bare) -> None:
    make(bare, "companies", "innovator_owner", "string", "text")
    make(bare, "companies", "plan_next_review", "number", "number")
    make(bare, "companies", "plan_strategy", "string", "text")
    make(bare, "tasks", "kam_sync_key", "number", "number")
    with bare.open(SECTION) as connector:
        items = connector.setup_items()
    assert one(items, "innovator_owner").state is ItemState.DIFFERS
    assert "string values, not HubSpot users" in one(items, "innovator_owner").remedy
    assert "roles: owner_properties: " in one(items, "innovator_owner").remedy
    assert "number values, not date or datetime values" in one(items, "plan_next_review").remedy
    assert one(items, "tasks.kam_sync_key").state is ItemState.DIFFERS
    assert one(items, "plan_strategy").state is ItemState.PRESENT
    assert not [item for item in items if item.state in {ItemState.DIFFERS, ItemState.BY_HAND} and not item.remedy]


OPTIONS = [{"value": "with_us", "label": "With us"}, {"value": "unknown", "label": "Unknown: «who knows?»"}]


def test_an_option_that_peoples_property_lacks_is_added_and_taken_away_again(bare: Bare) -> None:
    make(bare, "contacts", "stance", "enumeration", "select", options=OPTIONS)
    with bare.open(SECTION) as connector:
        items = connector.setup_items()
        assert one(items, "property contacts.stance").state is ItemState.PRESENT
        option = one(items, "option contacts.stance")
        assert (option.id, option.state) == ("option contacts.stance=against", ItemState.MISSING)
        connector.set_up(option)
        connector.set_up(option)
        assert option_values(definitions(bare, "contacts")["stance"]) == ["with_us", "unknown", "against"]
        ours = one(connector.setup_items(), "option contacts.stance")
        assert (ours.state, ours.filled) == (ItemState.OURS, 0)
        connector.take_down(ours)
        connector.take_down(ours)
        assert one(connector.setup_items(), "option contacts.stance").state is ItemState.MISSING
    left = definitions(bare, "contacts")["stance"]["options"]
    assert isinstance(left, list)
    assert [(each["value"], each["label"]) for each in left] == [(each["value"], each["label"]) for each in OPTIONS]


def test_an_option_of_peoples_is_not_removed(bare: Bare) -> None:
    make(bare, "contacts", "stance", "enumeration", "select", options=OPTIONS)
    with bare.open(SECTION) as connector:
        option = one(connector.setup_items(), "option contacts.stance")
        connector.set_up(option)
        choices = definitions(bare, "contacts")["stance"]["options"]
        assert isinstance(choices, list)
        change(bare, "contacts", "stance", options=[{**each, "description": "Ours now"} for each in choices])
        with pytest.raises(RefusedError, match='the option "against"'):
            connector.take_down(option)


@pytest.mark.parametrize(
    "changes", [{"description": "Ours now"}, {"groupName": "companyinformation"}], ids=["described anew", "moved"]
)
def test_a_property_that_people_took_over_is_theirs(bare: Bare, changes: Mapping[str, object]) -> None:
    with bare.open(SECTION) as connector:
        set_up_all(connector)
        item = one(connector.setup_items(), "companies.account_tier")
        change(bare, "companies", "account_tier", **changes)
        assert one(connector.setup_items(), "companies.account_tier").state is ItemState.PRESENT
        with pytest.raises(RefusedError, match="taken it over"):
            connector.take_down(item)
    assert "account_tier" in definitions(bare, "companies")


def test_a_group_that_holds_peoples_properties_stays(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        set_up_all(connector)
        change(bare, "companies", "plan_strategy", description="Ours now")
        items = connector.setup_items()
        for item in reversed(items):
            if item.state is ItemState.OURS and not item.id.startswith("group companies"):
                connector.take_down(item)
        with pytest.raises(RefusedError, match="still holds plan_strategy"):
            connector.take_down(one(items, "group companies"))
        assert one(connector.setup_items(), "group companies").state is ItemState.OURS


def test_an_archived_property_comes_back_where_hubspot_gives_its_name_away(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        set_up_all(connector)
        item = one(connector.setup_items(), "plan_strategy")
        connector.take_down(item)
        connector.set_up(item)
        assert one(connector.setup_items(), "plan_strategy").state is ItemState.OURS


def test_an_archived_property_in_the_way_is_told_with_what_to_do(bare: Bare) -> None:
    bare.crm.switches.archived_names_are_taken = True
    with bare.open(SECTION) as connector:
        set_up_all(connector)
        item = one(connector.setup_items(), "plan_strategy")
        connector.take_down(item)
        with pytest.raises(ConfigError, match="archived property") as caught:
            connector.set_up(item)
        assert "Archived properties" in str(caught.value)
        assert "plan: parts: strategy" in str(caught.value)
        bare.crm.restore_property("companies", "plan_strategy")
        assert one(connector.setup_items(), "plan_strategy").state is ItemState.OURS


def test_an_item_that_the_policy_does_not_name_is_refused(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        item = one(connector.setup_items(), "plan_strategy")
    with bare.open() as connector, pytest.raises(ConfigError, match="names nothing of the kind"):
        connector.set_up(item)


# Permissions and bad days ----------------------------------------------------------------------------------------


def test_a_missing_scope_is_named_with_the_other_way(bare: Bare) -> None:
    bare.crm.switches.missing_scopes.add("crm.schemas.companies.write")
    with bare.open(SECTION) as connector:
        items = connector.setup_items()
        with pytest.raises(PermissionDeniedError) as caught:
            connector.set_up(one(items, "group companies"))
    assert "crm.schemas.companies.write" in str(caught.value)
    assert "another service key" in str(caught.value)
    assert bare.crm.access_token not in str(caught.value)


def test_tasks_are_set_up_by_the_scope_of_contacts(bare: Bare) -> None:
    bare.crm.switches.missing_scopes.add("crm.objects.contacts.write")
    with bare.open() as connector:
        (item,) = connector.setup_items()
        with pytest.raises(PermissionDeniedError, match=r"crm\.objects\.contacts\.write"):
            connector.set_up(item)


def test_properties_that_may_not_be_read_end_the_look_with_the_scope(bare: Bare) -> None:
    bare.crm.switches.missing_scopes.add("crm.schemas.contacts.read")
    with bare.open(SECTION) as connector, pytest.raises(PermissionDeniedError, match=r"crm\.schemas\.contacts\.read"):
        connector.setup_items()


def test_records_that_may_not_be_searched_are_not_counted(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        set_up_all(connector)
        bare.crm.switches.missing_scopes.add("crm.objects.companies.read")
        items = connector.setup_items()
    assert one(items, "plan_strategy").filled is None
    assert one(items, "contacts.stance").filled == 0


BAD_DAYS = (
    Fault(kind=FaultKind.LOST_ANSWER, method="POST", path="/crm/properties/", skip=3, count=2),
    Fault(kind=FaultKind.STATUS, method="POST", path="/crm/properties/", status=502, count=3),
    Fault(kind=FaultKind.LOCKED, method="POST", path="/crm/properties/", count=2),
    Fault(kind=FaultKind.RATE_LIMITED, method="POST", path="/crm/properties/", retry_after=1.0, count=2),
    Fault(kind=FaultKind.OTHER_STATUS, method="POST", path="/crm/properties/", status=200, skip=1, count=2),
)


@pytest.mark.parametrize("fault", BAD_DAYS, ids=lambda fault: fault.kind.value)
def test_a_bad_day_ends_well(bare: Bare, fault: Fault) -> None:
    bare.crm.faults.add(fault)
    with bare.open(SECTION) as connector:
        set_up_all(connector)
        assert not missing(connector.setup_items())
    assert not bare.crm.faults.pending


def test_what_was_half_done_is_done_by_the_next_run(bare: Bare) -> None:
    bare.crm.faults.add(Fault(kind=FaultKind.LOST_ANSWER, method="POST", path="/crm/properties/", skip=5, count=9))
    with bare.open(SECTION) as connector:
        with pytest.raises(TransientError):
            set_up_all(connector)
        bare.crm.faults.clear()
        assert set_up_all(connector) > 0
        assert set_up_all(connector) == 0
        assert not missing(connector.setup_items())


def test_an_answer_lost_while_removing_ends_well(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        set_up_all(connector)
        bare.crm.faults.add(Fault(kind=FaultKind.LOST_ANSWER, method="DELETE", count=2))
        for item in reversed(connector.setup_items()):
            if item.state is ItemState.OURS:
                connector.take_down(item)
        assert ItemState.OURS not in states(connector.setup_items()).values()


def test_two_at_once_end_as_one(bare: Bare) -> None:
    make(bare, "contacts", "stance", "enumeration", "select", options=OPTIONS)
    with bare.open(SECTION) as first, bare.open(SECTION) as second:
        for mine, theirs in zip(missing(first.setup_items()), missing(second.setup_items()), strict=True):
            first.set_up(mine)
            second.set_up(theirs)
        assert not missing(first.setup_items())
        assert option_values(definitions(bare, "contacts")["stance"]).count("against") == 1


def test_a_group_that_vanished_in_between_is_made_again(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        items = missing(connector.setup_items())
        connector.set_up(one(items, "plan_strategy"))
        assert one(connector.setup_items(), "group companies").state is ItemState.OURS


def test_a_property_made_by_somebody_else_in_between_must_fit(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        items = connector.setup_items()
        make(bare, "companies", "plan_next_review", "string", "text")
        make(bare, "companies", "plan_strategy", "string", "text")
        connector.set_up(one(items, "plan_strategy"))
        with pytest.raises(ConfigError, match="by now"):
            connector.set_up(one(items, "plan_next_review"))


def test_calls_are_few_and_counted(bare: Bare) -> None:
    with bare.open(SECTION) as connector:
        connector.survey()
        assert connector.usage().requests == 4
        items = connector.setup_items()
        assert connector.usage().requests == 4 + 1 + 2 + 2 + 1, "tasks; companies and contacts with groups; no object"
        for item in missing(items):
            connector.set_up(item)
        made = len(missing(items))
        assert connector.usage().requests == 10 + made + 2, "the key's group is looked up, and unique is tried first"
        by_call = connector.usage().by_call
    assert by_call["create property group of companies"] == 1
