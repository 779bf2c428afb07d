"""The connector against the local HubSpot: the real SDK over real HTTP, from describing to lost answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kam_sync.clock import ManualClock
from kam_sync.errors import ConnectorError, MalformedAnswerError, PermissionDeniedError, TransientError
from kam_sync.identity import task_key
from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioContact,
    PortfolioDeal,
    PortfolioPlan,
    PortfolioUser,
)
from kam_sync.ports import (
    Connector,
    KeyLookup,
    Line,
    Priority,
    Runtime,
    Section,
    TaskState,
    TaskStatus,
    TaskText,
    TaskWrite,
    WriteOutcome,
)
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    ActivityKind,
    ActivityStatus,
    Contact,
    Opportunity,
    PlanPart,
    Record,
    RecordKind,
    Role,
    RoleAssignment,
    SwotPart,
    User,
)
from kam_sync_hubspot import HubSpotConnector
from kam_sync_hubspot.local_crm import Exchange, Fault, FaultKind, LocalHubSpot
from kam_sync_hubspot.settings import HubSpotSettings
from support_hubspot import CORE

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
BODY = TaskText(
    sections=(
        Section(heading="What is wrong", lines=(Line(text="Nobody is the innovator of <Ostsee & Werft>."),)),
        Section(
            heading="Evidence",
            lines=(Line(text="Open the account", url="https://app.hubspot.com/contacts/1/record/0-2/2?a=1&b=2"),),
            bullets=True,
        ),
    )
)


def many(count: int) -> tuple[PortfolioAccount, ...]:
    return tuple(
        PortfolioAccount(
            slug=f"kunde-{number}",
            name=f"Kunde {number}",
            owner="ines",
            contacts=(PortfolioContact(name=f"Nur {number}", title="CTO", email=f"nur{number}@kunde.example"),),
        )
        for number in range(count)
    )


PORTFOLIO = Portfolio(
    name="Invented Vendor",
    users=(
        PortfolioUser(slug="ines", name="Inês Duarte", email="ines@vendor.example"),
        PortfolioUser(slug="kwame", name="Kwame Mensah", email="kwame@vendor.example"),
        PortfolioUser(slug="gone", name="Old Hand", email="gone@vendor.example", active=False),
    ),
    accounts=(
        PortfolioAccount(slug="group", name="Baltic Group", owner="kwame", key_account=False),
        PortfolioAccount(
            slug="werft",
            name="Ostsee & Werft",
            owner="ines",
            tier="A",
            revenue=1_250_000.5,
            parent="group",
            roles={Role.RESULTS_DRIVER: ("ines", "kwame"), Role.INNOVATOR: ("gone",)},
            plan=PortfolioPlan(
                parts=frozenset({PlanPart.STRATEGY, PlanPart.REVENUE_GOALS}), start_days=-200, next_review_days=30
            ),
            contacts=(PortfolioContact(name="Yuki Tanaka", title="CFO", email="yuki@werft.example"),),
            deals=(
                PortfolioDeal(
                    slug="hull", name="Hull 7", owner="ines", close_days=40, next_step="Send the offer", amount=10.5
                ),
                PortfolioDeal(slug="old", name="Hull 6", owner="ines", close_days=-40, is_open=False),
            ),
            activities=(
                PortfolioActivity(
                    kind=ActivityKind.TASK,
                    status=ActivityStatus.OPEN,
                    days=3,
                    owner="ines",
                    subject="Call",
                    deal="hull",
                ),
                PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.DONE, days=-3, owner=None),
                PortfolioActivity(kind=ActivityKind.MEETING, status=ActivityStatus.CANCELED, days=5, owner="kwame"),
                PortfolioActivity(kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-5, owner="ines"),
            ),
        ),
        *many(120),
    ),
)


class Harness:
    """A running local HubSpot and connectors to it."""

    def __init__(self, crm: LocalHubSpot, clock: ManualClock) -> None:
        self.crm = crm
        self.clock = clock
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds=seconds)

    @contextmanager
    def connector(
        self,
        *,
        include_parents: bool = False,
        settings: Mapping[str, object] | None = None,
        wanted: frozenset[str] | None = None,
    ) -> Iterator[HubSpotConnector]:
        section = {key: value for key, value in self.crm.org_settings.items() if key != "connector"}
        runtime = Runtime(
            clock=self.clock,
            sleep=self.sleep,
            timezone=ZoneInfo("Europe/Lisbon"),
            include_parents=include_parents,
            wanted=wanted,
        )
        connector = HubSpotConnector.open(HubSpotSettings.model_validate(section | dict(settings or {})), runtime)
        try:
            yield connector
        finally:
            connector.close()

    def create(self, slug: str = "werft", episode: int = 1, **change: object) -> TaskWrite:
        account_id = self.crm.id_of(slug)
        write = TaskWrite(
            operation_id=f"op-{slug}-{episode}",
            key=task_key(str(self.crm.portal_id), account_id, "roles", episode),
            task_id=None,
            account_id=account_id,
            subject="Fill the roles",
            text=BODY,
            owner_id=self.crm.id_of("ines"),
            due_on=TODAY + dt.timedelta(days=14),
            priority=Priority.HIGH,
            status=TaskStatus.OPEN,
        )
        return replace(write, **change)  # type: ignore[arg-type]  # fields by name


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("portal")
    crm = LocalHubSpot.start(folder, clock=ManualClock(NOW))
    crm.load(PORTFOLIO)
    crm.stop()
    return folder


@pytest.fixture
def harness(loaded: Path, tmp_path: Path) -> Iterator[Harness]:
    for source in loaded.iterdir():
        if source.is_file():
            (tmp_path / source.name).write_bytes(source.read_bytes())
    clock = ManualClock(NOW)
    crm = LocalHubSpot.start(tmp_path, clock=clock)
    try:
        yield Harness(crm, clock)
    finally:
        crm.stop()


CORE_KINDS = (
    RecordKind.USER,
    RecordKind.ACCOUNT,
    RecordKind.CONTACT,
    RecordKind.ROLE,
    RecordKind.OPPORTUNITY,
    RecordKind.ACTIVITY,
    RecordKind.PLAN,
)
"""What the core asks for when only the rules about roles, plans and next steps are selected."""


def pulled(connector: Connector, kinds: Iterable[RecordKind] = RecordKind) -> dict[RecordKind, list[Record]]:
    """Pull kinds as the core does, all unless told otherwise, and see that nothing was rejected."""
    found: dict[RecordKind, list[Record]] = {}
    ids: list[str] = []
    stream = ids.__iter__
    for kind in kinds:
        pages = list(connector.pull(kind, stream))
        assert [each for page in pages for each in page.rejected] == []
        found[kind] = [each for page in pages for each in page.records]
        if kind is RecordKind.ACCOUNT:
            ids += sorted(each.id for each in found[kind])
    return found


@pytest.mark.parametrize("version", ["2026-09", "2026-03", "v3"])
def test_every_api_version_describes_pulls_and_writes(harness: Harness, version: str) -> None:
    with harness.connector(settings={"api_version": version}) as connector:
        assert set(connector.describe().unknown) == {"contact.reports_to_id"}, "HubSpot has nothing of the kind"
        found = pulled(connector)
        assert {kind: len(records) for kind, records in found.items()} == {
            RecordKind.USER: 3,
            RecordKind.ACCOUNT: 121,
            RecordKind.CONTACT: 121,
            RecordKind.ROLE: 3,
            RecordKind.OPPORTUNITY: 2,
            RecordKind.ACTIVITY: 4,
            RecordKind.PLAN: 1,
            RecordKind.GOAL: 0,
            RecordKind.ACTION: 0,
            RecordKind.FEEDBACK: 0,
            RecordKind.QUOTE: 0,
            RecordKind.CASE: 0,
            RecordKind.CONTRACT: 0,
            RecordKind.OWNER_CHANGE: 0,
            RecordKind.SALES: 122,
        }
        [result] = connector.write_tasks([harness.create()])
        assert result.outcome is WriteOutcome.WRITTEN
        assert result.task_id is not None
        assert connector.read_tasks([result.task_id])[result.task_id].key == harness.create().key


def test_what_was_loaded_is_pulled(harness: Harness) -> None:
    crm = harness.crm
    with harness.connector() as connector:
        found = pulled(connector)
    werft, ines, kwame, gone = (crm.id_of(slug) for slug in ("werft", "ines", "kwame", "gone"))
    assert found[RecordKind.USER] == [
        User(id=ines, name="Inês Duarte", email="ines@vendor.example"),
        User(id=kwame, name="Kwame Mensah", email="kwame@vendor.example"),
        User(id=gone, name="Old Hand", email="gone@vendor.example", active=False, assignable=False),
    ]
    [account] = [each for each in found[RecordKind.ACCOUNT] if isinstance(each, Account) and each.id == werft]
    assert account == Account(
        id=werft,
        name="Ostsee & Werft",
        owner_id=ines,
        parent_id=crm.id_of("group"),
        tier="A",
        revenue=1_250_000.5,
        created_on=TODAY - dt.timedelta(days=900),
        criteria={"product_fit": None, "financial_strength": None, "cultural_fit": None},
    )
    [contact] = [each for each in found[RecordKind.CONTACT] if isinstance(each, Contact) and werft in each.account_ids]
    assert (contact.name, contact.title, contact.owner_id) == ("Yuki Tanaka", "CFO", ines)
    roles = {(each.role, each.user_id) for each in found[RecordKind.ROLE] if isinstance(each, RoleAssignment)}
    assert roles == {(Role.RESULTS_DRIVER, ines), (Role.RESULTS_DRIVER, kwame), (Role.INNOVATOR, gone)}
    [plan] = found[RecordKind.PLAN]
    assert plan == AccountPlan(
        id=werft,
        account_id=werft,
        start_on=TODAY - dt.timedelta(days=200),
        next_review_on=TODAY + dt.timedelta(days=30),
        parts={
            PlanPart.KEY_RELATIONS: False,
            PlanPart.CURRENT_STATE: False,
            PlanPart.REVENUE_GOALS: True,
            PlanPart.STRATEGY: True,
        },
        modified_on=TODAY,
        swot=dict.fromkeys(SwotPart, False),
    )
    deals = {each.name: each for each in found[RecordKind.OPPORTUNITY] if isinstance(each, Opportunity)}
    hull = deals["Hull 7"]
    assert (hull.is_open, hull.close_on, hull.next_step, hull.amount) == (
        True,
        TODAY + dt.timedelta(days=40),
        "Send the offer",
        10.5,
    )
    assert not deals["Hull 6"].is_open
    activities = [each for each in found[RecordKind.ACTIVITY] if isinstance(each, Activity)]
    assert [(each.kind, each.status, each.on, each.owner_id) for each in activities] == [
        (ActivityKind.TASK, ActivityStatus.OPEN, TODAY + dt.timedelta(days=3), ines),
        (ActivityKind.TASK, ActivityStatus.DONE, TODAY - dt.timedelta(days=3), None),
        (ActivityKind.MEETING, ActivityStatus.CANCELED, TODAY + dt.timedelta(days=5), kwame),
        (ActivityKind.CALL, ActivityStatus.DONE, TODAY - dt.timedelta(days=5), ines),
    ]
    assert activities[0].opportunity_ids == (hull.id,)
    assert {each.account_ids for each in activities} == {(werft,)}


def test_the_group_comes_when_it_is_to_be_inherited_from(harness: Harness) -> None:
    with harness.connector(include_parents=True) as connector:
        accounts = [each for each in pulled(connector)[RecordKind.ACCOUNT] if isinstance(each, Account)]
    assert [(each.name, each.in_scope) for each in accounts if not each.in_scope] == [("Baltic Group", False)]


def test_the_calls_of_a_run_are_as_few_as_they_can_be(harness: Harness) -> None:
    with harness.connector(wanted=CORE) as connector:
        connector.describe()
        setup = connector.usage().requests
        found = pulled(connector, CORE_KINDS)
        usage = connector.usage()
    assert setup <= 12
    assert usage.requests == harness.crm.requests_seen()
    companies = len(PORTFOLIO.accounts)
    assert usage.by_call["list companies"] == ceil(companies / 100)
    assert usage.by_call["read contacts"] == ceil(len(found[RecordKind.CONTACT]) / 100)
    owners, activities, pairs = 2, 3, 5 + 2
    assert usage.requests - setup == owners + 2 + 2 + 1 + activities + pairs
    assert usage.quota_total is not None
    assert usage.quota_used == usage.requests


def test_a_task_lives_and_dies(harness: Harness) -> None:
    people = harness.crm.people
    with harness.connector() as connector:
        create = harness.create()
        [created] = connector.write_tasks([create])
        task_id = created.task_id
        assert task_id is not None
        [seen] = [each for each in people.tasks(account="werft") if each.key == create.key]
        assert (seen.id, seen.open, seen.owner, seen.raw_priority, seen.due_on) == (
            task_id,
            True,
            "ines",
            "HIGH",
            create.due_on,
        )
        state = connector.read_tasks([task_id])[task_id]
        assert (state.subject, state.due_on, state.priority, state.status, state.owner_id) == (
            "Fill the roles",
            create.due_on,
            Priority.HIGH,
            TaskStatus.OPEN,
            harness.crm.id_of("ines"),
        )
        assert "&lt;Ostsee &amp; Werft&gt;" in state.body
        assert connector.read_tasks([task_id])[task_id] == state

        close = replace(
            create, operation_id="close", task_id=task_id, text=None, subject=None, owner_id=None, due_on=None
        )
        close = replace(close, priority=None, status=TaskStatus.CLOSED, note="Solved.", current_body=state.body)
        assert [each.outcome for each in connector.write_tasks([close])] == [WriteOutcome.WRITTEN]
        closed = connector.read_tasks([task_id])[task_id]
        assert (closed.status, closed.body) == (TaskStatus.CLOSED, state.body + "<p>Solved.</p>")

        due = TODAY + dt.timedelta(days=21)
        reopen = replace(close, operation_id="reopen", status=TaskStatus.OPEN, due_on=due, note=None)
        connector.write_tasks([reopen])
        people.defer_task(task_id)
        assert connector.read_tasks([task_id])[task_id].status is TaskStatus.DEFERRED
        people.edit_task(task_id, subject="My own words", body="<p>Mine</p>", owner="kwame", raw_priority="NONE")
        edited = connector.read_tasks([task_id])[task_id]
        assert (edited.subject, edited.body, edited.priority, edited.due_on) == (
            "My own words",
            "<p>Mine</p>",
            None,
            due,
        )
        assert edited.modified_at is not None

        people.delete_task(task_id)
        assert connector.read_tasks([task_id, "61999999999"])[task_id].deleted
        assert "61999999999" not in connector.read_tasks(["61999999999"])
        assert [each.outcome for each in connector.write_tasks([close])] == [WriteOutcome.GONE]
        assert connector.find_tasks([KeyLookup(key=create.key, account_ids=(create.account_id,))]) == {create.key: None}


def test_our_task_is_known_as_ours_when_pulled(harness: Harness) -> None:
    with harness.connector() as connector:
        connector.write_tasks([harness.create()])
        activities = [each for each in pulled(connector)[RecordKind.ACTIVITY] if isinstance(each, Activity)]
    assert [each.our_key for each in activities if each.our_key] == [harness.create().key]


@pytest.mark.parametrize("kind", [FaultKind.LOST_ANSWER, FaultKind.TRUNCATED_JSON, FaultKind.NO_RESULTS])
def test_a_create_whose_answer_is_lost_is_settled_by_its_key(harness: Harness, kind: FaultKind) -> None:
    harness.crm.faults.add(Fault(kind=kind, path="tasks/batch/create"))
    with harness.connector() as connector:
        create = harness.create()
        [result] = connector.write_tasks([create])
        assert result.outcome is WriteOutcome.UNCERTAIN
        found = connector.find_tasks([KeyLookup(key=create.key, account_ids=(create.account_id,))])[create.key]
        assert isinstance(found, TaskState)
        assert found.account_id == create.account_id
        assert connector.read_tasks([found.id])[found.id].key == create.key
        assert connector.usage().by_call["create tasks"] == 1
    assert len([each for each in harness.crm.people.tasks(account="werft") if each.key]) == 1


@pytest.mark.parametrize(
    "kind", [FaultKind.CLOSED_CONNECTION, FaultKind.BAD_GATEWAY_HTML, FaultKind.HTML_INSTEAD_OF_JSON]
)
def test_a_create_that_never_happened_is_proven_absent(harness: Harness, kind: FaultKind) -> None:
    harness.crm.faults.add(Fault(kind=kind, path="tasks/batch/create"))
    with harness.connector() as connector:
        create = harness.create()
        [result] = connector.write_tasks([create])
        assert result.outcome is WriteOutcome.UNCERTAIN
        assert connector.find_tasks([KeyLookup(key=create.key, account_ids=(create.account_id,))]) == {create.key: None}


def test_a_task_is_found_after_its_company_was_merged(harness: Harness) -> None:
    with harness.connector() as connector:
        create = harness.create("kunde-3")
        connector.write_tasks([create])
        harness.crm.people.merge_accounts(winner="werft", loser="kunde-3")
        accounts = [each for each in pulled(connector)[RecordKind.ACCOUNT] if isinstance(each, Account)]
        [merged] = [each for each in accounts if create.account_id in each.merged_ids]
        found = connector.find_tasks([KeyLookup(key=create.key, account_ids=(merged.id,))])
    assert found[create.key] is not None


def test_one_bad_task_of_a_batch_is_told_and_the_others_are_written(harness: Harness) -> None:
    with harness.connector() as connector:
        writes = [
            harness.create("kunde-1"),
            harness.create("kunde-2", owner_id=harness.crm.id_of("gone")),
            harness.create("kunde-3"),
        ]
        results = connector.write_tasks(writes)
    assert [each.outcome for each in results] == [WriteOutcome.WRITTEN, WriteOutcome.REJECTED, WriteOutcome.WRITTEN]
    assert "hubspot_owner_id" in results[1].problem
    assert harness.crm.id_of("gone") not in results[1].problem


def test_a_full_batch_is_one_call(harness: Harness) -> None:
    with harness.connector() as connector:
        results = connector.write_tasks([harness.create(f"kunde-{number}") for number in range(100)])
        assert {each.outcome for each in results} == {WriteOutcome.WRITTEN}
        assert connector.usage().requests == 1
        ids = [each.task_id for each in results if each.task_id]
        keys = [state.key for state in connector.read_tasks(ids).values()]
        lookups = [KeyLookup(key=key or "", account_ids=(harness.crm.id_of("kunde-0"),)) for key in keys[:1]]
        assert all(connector.find_tasks(lookups).values())
    assert len(set(keys)) == 100


def test_without_its_property_the_key_is_asked_for(harness: Harness) -> None:
    harness.crm.drop_property("tasks", "kam_sync_key")
    with harness.connector(wanted=CORE) as connector:
        description = connector.describe()
    [finding] = description.setup
    assert (finding.subject, finding.blocks_apply) == ("tasks.key", True)
    assert set(description.unknown) == {"tasks.key"}


@pytest.mark.parametrize(
    ("scope", "unknown", "kind"),
    [
        ("crm.objects.deals.read", {"opportunities"}, RecordKind.OPPORTUNITY),
        ("crm.objects.contacts.read", {"contacts", "activities"}, RecordKind.CONTACT),
    ],
)
def test_a_missing_scope_leaves_the_rest(harness: Harness, scope: str, unknown: set[str], kind: RecordKind) -> None:
    harness.crm.switches.missing_scopes.add(scope)
    with harness.connector(wanted=CORE) as connector:
        found = connector.describe()
        assert unknown <= set(found.unknown) <= unknown | {"tasks.key"}
        assert any(scope in each.fix for each in found.setup)
        with pytest.raises(PermissionDeniedError, match=scope.replace(".", r"\.")):
            list(connector.pull(kind, lambda: [harness.crm.id_of("werft")]))
        assert list(connector.pull(RecordKind.ACCOUNT, lambda: ()))


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.HTML_INSTEAD_OF_JSON,
        FaultKind.TRUNCATED_JSON,
        FaultKind.NO_RESULTS,
        FaultKind.RECORD_WITHOUT_ID,
        FaultKind.RECORD_ON_TWO_PAGES,
    ],
)
def test_a_list_that_cannot_be_believed_fails_the_pull(harness: Harness, kind: FaultKind) -> None:
    harness.crm.faults.add(Fault(kind=kind, path="/companies\\?.*limit=100"))
    with harness.connector() as connector, pytest.raises(MalformedAnswerError):
        list(connector.pull(RecordKind.ACCOUNT, lambda: ()))
    assert harness.crm.faults.pending == ()


def test_a_status_that_is_not_documented_for_a_list_fails_the_pull(harness: Harness) -> None:
    harness.crm.faults.add(Fault(kind=FaultKind.OTHER_STATUS, status=202, path="/companies\\?.*limit=100"))
    with harness.connector() as connector, pytest.raises(MalformedAnswerError):
        list(connector.pull(RecordKind.ACCOUNT, lambda: ()))


def test_creates_answered_by_200_are_believed_if_they_have_the_right_shape(harness: Harness) -> None:
    harness.crm.faults.add(Fault(kind=FaultKind.OTHER_STATUS, status=200, path="tasks/batch/create"))
    with harness.connector() as connector:
        [result] = connector.write_tasks([harness.create()])
    assert result.outcome is WriteOutcome.WRITTEN


def test_bad_days_pass(harness: Harness) -> None:
    for fault in (
        Fault(kind=FaultKind.RATE_LIMITED, path="companies", retry_after=3, policy_name="TEN_SECONDLY_ROLLING"),
        Fault(kind=FaultKind.RATE_LIMITED, path="companies", policy_name="TEN_SECONDLY_ROLLING"),
        Fault(kind=FaultKind.LOCKED, path="tasks/batch/create"),
        Fault(kind=FaultKind.BAD_GATEWAY_HTML, path="contacts/batch/read"),
        Fault(kind=FaultKind.STATUS, status=523, path="owners"),
        Fault(kind=FaultKind.LOST_ANSWER, path="associations"),
    ):
        harness.crm.faults.add(fault)
    with harness.connector() as connector:
        assert len(pulled(connector)[RecordKind.CONTACT]) == 121
        [result] = connector.write_tasks([harness.create()])
    assert result.outcome is WriteOutcome.WRITTEN
    assert harness.crm.faults.pending == ()
    assert {3.0, 10.0, 2.0} <= set(harness.slept)


def test_a_portal_that_is_being_moved_is_left_alone(harness: Harness) -> None:
    harness.crm.faults.add(Fault(kind=FaultKind.MIGRATING))
    with harness.connector() as connector, pytest.raises(ConnectorError, match=r"24\.0 hours") as raised:
        connector.describe()
    assert not isinstance(raised.value, TransientError)
    assert harness.slept == []


def test_long_association_lists_are_read_to_their_end(harness: Harness) -> None:
    harness.crm.switches.association_page_size = 1
    harness.crm.switches.page_size_cap = 7
    with harness.connector() as connector:
        found = pulled(connector)
    assert len(found[RecordKind.ACCOUNT]) == 121
    assert len(found[RecordKind.ACTIVITY]) == 4
    assert len(found[RecordKind.OPPORTUNITY]) == 2


def test_the_token_reaches_no_record_of_an_exchange_but_its_header(harness: Harness) -> None:
    seen: list[Exchange] = []
    harness.crm.recorder = seen.append
    with harness.connector() as connector:
        connector.describe()
        connector.write_tasks([harness.create()])
    assert seen
    assert not any(harness.crm.access_token in str(exchange) for exchange in seen)
