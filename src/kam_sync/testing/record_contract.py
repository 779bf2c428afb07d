"""The second part of the contract of connectors: that every record a rule can read arrives, field by field.

Everything is mapped in the fixture `org`, except for what the local CRM says that it `lacks`.
"""

from __future__ import annotations

import datetime as dt
from typing import Final, TypeVar

import pytest

from kam_sync.dates import add_days
from kam_sync.portfolio import (
    Portfolio,
    PortfolioAccount,
    PortfolioActivity,
    PortfolioCase,
    PortfolioContact,
    PortfolioContract,
    PortfolioDeal,
    PortfolioFeedback,
    PortfolioGoal,
    PortfolioPlan,
    PortfolioQuote,
    PortfolioUser,
)
from kam_sync.records import (
    Account,
    AccountPlan,
    Activity,
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    Case,
    Contact,
    ContactLevel,
    Contract,
    Feedback,
    Grade,
    Opportunity,
    OpportunityStage,
    OpportunityType,
    OwnerChange,
    PlanAction,
    PlanGoal,
    PlanPart,
    Purpose,
    Quote,
    Record,
    RecordKind,
    SalesRow,
    Stance,
    SwotPart,
    User,
)
from kam_sync.testing.contract_orgs import ContractOrg

OPTIONAL: Final = frozenset({"goals", "actions", "feedback", "quotes", "cases", "contracts", "owner_changes", "sales"})
"""Relations that a CRM may lack; without the others there is little to judge."""
RecordT = TypeVar("RecordT", bound=Record)

_PEOPLE = (
    PortfolioUser(slug="noor", name="Noor el Amrani", email="noor@vendor.example"),
    PortfolioUser(slug="piotr", name="Piotr Żak", email="piotr@vendor.example", manager="noor"),
    PortfolioUser(slug="queue", name="Verteiler Nord", email="queue@vendor.example", person=False),
)
_CONTACTS = (
    PortfolioContact(
        slug="li",
        name="Li Wei",
        title="CFO",
        email="li@customer.example",
        owner="piotr",
        created_days=-100,
        department="Finance",
        level=ContactLevel.EXECUTIVE,
        buying_roles=(BuyingRole.DECISION_MAKER, BuyingRole.EXECUTIVE_SPONSOR),
        stance=Stance.SUPPORTER,
        stance_days=-20,
        influence="high",
        decision_criteria="price",
    ),
    PortfolioContact(
        slug="ana",
        name="Ana Sá",
        title="Engineer",
        email="ana@customer.example",
        owner="noor",
        buying_roles=(BuyingRole.TECHNICAL_BUYER,),
        stance=Stance.BLOCKER,
        left=True,
        bounced=True,
    ),
)
_DEALS = (
    PortfolioDeal(
        slug="tender",
        name="Tender",
        owner="piotr",
        close_days=40,
        amount=1000.0,
        created_days=-50,
        probability=0.25,
        type=OpportunityType.EXPANSION,
        stage=OpportunityStage.PROPOSAL,
        stage_days=-12,
        competitor="Nordglas",
        products=("Glass", "Frames"),
        success_criteria=True,
        tender_days=200,
        proposal_sent_days=-3,
        proposal_expires_days=30,
        team=("noor",),
        contacts=("li", "ana"),
    ),
    PortfolioDeal(
        slug="won",
        name="Won",
        owner="noor",
        close_days=-30,
        is_open=False,
        is_won=True,
        amount=400.0,
        type=OpportunityType.NEW_BUSINESS,
        delivered_days=-10,
    ),
    PortfolioDeal(
        slug="lost", name="Lost", owner="noor", close_days=-60, is_open=False, amount=9.0, loss_reason="product gap"
    ),
)
_ACTIVITIES = (
    PortfolioActivity(
        kind=ActivityKind.MEETING,
        status=ActivityStatus.DONE,
        days=-5,
        owner="piotr",
        subject="Visit",
        contacts=("li", "ana"),
        attendees=("noor",),
        purpose=Purpose.ON_SITE_VISIT,
        deal="tender",
    ),
    PortfolioActivity(
        kind=ActivityKind.CALL, status=ActivityStatus.DONE, days=-6, owner="noor", subject="Call", contacts=("li",)
    ),
    PortfolioActivity(kind=ActivityKind.TASK, status=ActivityStatus.OPEN, days=4, owner="noor", subject="Alone"),
)


def record_portfolio() -> Portfolio:
    """Return the invented portfolio that the contract of records is checked on: one account has everything."""
    whole = PortfolioAccount(
        slug="whole",
        name="Ärger & Söhne",
        owner="piotr",
        tier="A",
        parent="group",
        plan=PortfolioPlan(
            parts=frozenset({PlanPart.STRATEGY}),
            start_days=-100,
            end_days=265,
            last_review_days=-30,
            next_review_days=60,
            modified_days=-25,
            swot=frozenset({SwotPart.STRENGTHS, SwotPart.THREATS}),
            swot_days=-40,
        ),
        contacts=_CONTACTS,
        deals=_DEALS,
        activities=_ACTIVITIES,
        goals=(
            PortfolioGoal(
                slug="grow",
                name="Grow",
                owner="piotr",
                start_days=-90,
                due_days=90,
                progress_days=-15,
                actions=("Call the board",),
            ),
            PortfolioGoal(slug="vague", name="Be liked", due_days=700, has_metric=False),
        ),
        feedback=(
            PortfolioFeedback(days=-95, grade=Grade.A),
            PortfolioFeedback(days=-4, grade=Grade.C_PLUS, reason="late deliveries"),
        ),
        quotes=(PortfolioQuote(slug="offer", name="Offer", deal="tender", sent_days=-2, expires_days=28),),
        cases=(
            PortfolioCase(slug="leak", name="Leaking seals", opened_days=-8, owner="noor", is_high_priority=True),
            PortfolioCase(slug="old", name="Scratches", opened_days=-30, owner="noor", is_open=False),
        ),
        contracts=(PortfolioContract(slug="supply", name="Supply", end_days=80, value=1200.0),),
        owners_before=(("noor", -300), ("queue", -100)),
        fields={
            "key_since": -400,
            "growth_target": 12.5,
            "growth_target_year": 2027,
            "cost_to_serve": 300.0,
            "cost_to_serve_year_before": 200.0,
            "cost_to_serve_two_years_before": 100.0,
            "relationship_stage": "Strategic",
            "competitor": "Südglas",
            "progress_report_on": -11,
            "handover_on": -95,
            "tender_on": 300,
            "reference_requested_on": -70,
            "trigger_on": -21,
            "trigger": "a new plant",
            "recovery_target": "B-",
            "scored_on": -33,
        },
        criteria={"product_fit": 1.0, "financial_strength": 0.0},
    )
    bare = PortfolioAccount(slug="bare", name="Kéroual", owner="queue", created_days=-10)
    group = PortfolioAccount(slug="group", name="Ärger Holding", owner="noor", key_account=False)
    buyer = PortfolioAccount(
        slug="buyer",
        name="Outside",
        owner="noor",
        key_account=False,
        deals=(
            PortfolioDeal(
                slug="sold", name="Sold", owner="noor", close_days=-200, is_open=False, is_won=True, amount=50.0
            ),
            PortfolioDeal(
                slug="past", name="Past", owner="noor", close_days=-400, is_open=False, is_won=True, amount=70.0
            ),
        ),
    )
    idle = PortfolioAccount(slug="idle", name="Nobody", owner="noor", key_account=False)
    return Portfolio(name="Records", users=_PEOPLE, accounts=(group, whole, bare, buyer, idle))


class RecordContract:
    """What every connector brings of what a CRM holds; inherit it and provide the fixture `org`."""

    portfolio = staticmethod(record_portfolio)
    """What the fixture's local CRM is loaded with."""

    def of(self, org: ContractOrg, kind: RecordKind, record_type: type[RecordT]) -> list[RecordT]:
        """Return the pulled records of a kind that hang on the account that has everything."""
        found = [record for record in org.pull(kind) if isinstance(record, record_type)]
        whole = org.ids("whole")
        return [
            record
            for record in found
            if whole in getattr(record, "account_ids", (getattr(record, "account_id", whole),))
        ]

    def require(self, org: ContractOrg, *relations: str) -> None:
        """Skip the test where the CRM has no place for one of these."""
        for relation in org.crm.lacks.intersection(relations):
            pytest.skip(f"the CRM has no place for {relation}")

    def day(self, org: ContractOrg, days: int) -> dt.date:
        """Return the date so many days from today."""
        return add_days(org.today, days)

    def test_nothing_that_is_mapped_is_unknown(self, org: ContractOrg) -> None:
        """Where everything is mapped, the description says so: only what the CRM has no place for is unknown."""
        named = {
            "contacts",
            "opportunities",
            "activities",
            "plans",
            "goals",
            "actions",
            "feedback",
            "quotes",
            "cases",
            "contracts",
            "owner_changes",
            "sales",
            "account.growth_target",
            "contact.stance",
            "contact.level",
            "opportunity.type",
            "opportunity.stages",
            "activity.purposes",
            "plan.modified_on",
        }
        assert org.crm.lacks <= OPTIONAL
        assert named & set(org.connector.describe().unknown) == org.crm.lacks

    def test_who_is_nobody_can_own_no_task(self, org: ContractOrg) -> None:
        """A queue or an integration user owns accounts and can be given nothing."""
        users = {user.id: user for user in org.pull(RecordKind.USER) if isinstance(user, User)}
        assert not users[org.ids("queue")].assignable
        assert users[org.ids("noor")].assignable

    def test_accounts_bring_every_mapped_field(self, org: ContractOrg) -> None:
        """Numbers, texts, dates, grades and criteria arrive; what is empty is None."""
        accounts = {a.id: a for a in org.pull(RecordKind.ACCOUNT) if isinstance(a, Account)}
        whole, bare = accounts[org.ids("whole")], accounts[org.ids("bare")]
        assert (whole.key_since, whole.scored_on) == (self.day(org, -400), self.day(org, -33))
        assert (whole.growth_target, whole.growth_target_year) == (12.5, 2027)
        assert (whole.cost_to_serve, whole.cost_to_serve_year_before) == (300.0, 200.0)
        assert whole.cost_to_serve_two_years_before == 100.0
        assert (whole.relationship_stage, whole.competitor, whole.trigger) == ("Strategic", "Südglas", "a new plant")
        assert (whole.progress_report_on, whole.handover_on) == (self.day(org, -11), self.day(org, -95))
        assert (whole.tender_on, whole.reference_requested_on) == (self.day(org, 300), self.day(org, -70))
        assert (whole.trigger_on, whole.recovery_target) == (self.day(org, -21), Grade.B_MINUS)
        assert {name: score for name, score in whole.criteria.items() if score is not None} == {
            "product_fit": 1.0,
            "financial_strength": 0.0,
        }
        assert (bare.key_since, bare.growth_target, bare.competitor, bare.recovery_target) == (None, None, None, None)
        assert set(bare.criteria.values()) == {None}
        assert whole.parent_id == org.ids("group")

    def test_contacts_bring_what_is_known_of_them(self, org: ContractOrg) -> None:
        """Buying roles, stance, level and the rest; a role of a label counts as one of a field."""
        contacts = {contact.name: contact for contact in self.of(org, RecordKind.CONTACT, Contact)}
        li, ana = contacts["Li Wei"], contacts["Ana Sá"]
        assert (li.title, li.department, li.level) == ("CFO", "Finance", ContactLevel.EXECUTIVE)
        assert (li.owner_id, li.created_on) == (org.ids("piotr"), self.day(org, -100))
        assert set(li.buying_roles) == {BuyingRole.DECISION_MAKER, BuyingRole.EXECUTIVE_SPONSOR}
        assert (li.stance, li.stance_on) == (Stance.SUPPORTER, self.day(org, -20))
        assert (li.influence, li.decision_criteria, li.left, li.bounced) == (True, True, False, False)
        assert (ana.buying_roles, ana.stance, ana.stance_on) == ((BuyingRole.TECHNICAL_BUYER,), Stance.BLOCKER, None)
        assert (ana.influence, ana.decision_criteria, ana.left, ana.bounced) == (False, False, True, True)

    def test_opportunities_bring_what_is_known_of_them(self, org: ContractOrg) -> None:
        """Type, stage, team, participants, tender and proposal of an open one; what became of a closed one."""
        deals = {deal.name: deal for deal in self.of(org, RecordKind.OPPORTUNITY, Opportunity)}
        contacts = {contact.name: contact.id for contact in self.of(org, RecordKind.CONTACT, Contact)}
        tender, won, lost = deals["Tender"], deals["Won"], deals["Lost"]
        assert (tender.is_open, tender.is_won, tender.amount, tender.probability) == (True, False, 1000.0, 0.25)
        assert (tender.type, tender.stages) == (OpportunityType.EXPANSION, (OpportunityStage.PROPOSAL,))
        assert (tender.created_on, tender.stage_since) == (self.day(org, -50), self.day(org, -12))
        assert (tender.competitor, set(tender.products)) == ("Nordglas", {"Glass", "Frames"})
        assert (tender.success_criteria, tender.tender_on) == (True, self.day(org, 200))
        assert (tender.proposal_sent_on, tender.proposal_expires_on) == (self.day(org, -3), self.day(org, 30))
        assert set(tender.team_ids) == {org.ids("piotr"), org.ids("noor")}
        assert set(tender.contact_ids) == set(contacts.values())
        assert (won.is_open, won.is_won, won.close_on) == (False, True, self.day(org, -30))
        assert (won.type, won.delivered_on) == (OpportunityType.NEW_BUSINESS, self.day(org, -10))
        assert (won.success_criteria, won.contact_ids) == (False, ())
        assert (lost.is_open, lost.is_won, lost.loss_reason) == (False, False, "product gap")

    def test_activities_bring_who_took_part_and_what_for(self, org: ContractOrg) -> None:
        """The customer's people, our people, and the purpose by the CRM's own type."""
        found = {activity.subject: activity for activity in self.of(org, RecordKind.ACTIVITY, Activity)}
        contacts = {contact.name: contact.id for contact in self.of(org, RecordKind.CONTACT, Contact)}
        visit = found["Visit"]
        assert set(visit.contact_ids) == set(contacts.values())
        assert org.ids("noor") in visit.attendee_ids
        assert (visit.purposes, len(visit.opportunity_ids)) == ((Purpose.ON_SITE_VISIT,), 1)
        assert (found["Call"].contact_ids, found["Call"].purposes) == ((contacts["Li Wei"],), ())
        assert (found["Alone"].contact_ids, found["Alone"].attendee_ids) == ((), ())

    def test_a_plan_brings_its_swot_and_when_it_was_changed(self, org: ContractOrg) -> None:
        """Each mapped part says whether it is filled."""
        (plan,) = self.of(org, RecordKind.PLAN, AccountPlan)
        assert plan.swot == {part: part in {SwotPart.STRENGTHS, SwotPart.THREATS} for part in SwotPart}
        assert (plan.swot_on, plan.end_on, plan.modified_on) == tuple(self.day(org, days) for days in (-40, 265, -25))

    def test_goals_and_actions_arrive(self, org: ContractOrg) -> None:
        """A goal says whether it has a figure; an action names the goal it serves."""
        self.require(org, "goals", "actions")
        goals = {goal.name: goal for goal in self.of(org, RecordKind.GOAL, PlanGoal)}
        grow, vague = goals["Grow"], goals["Be liked"]
        assert (grow.is_open, grow.has_metric, grow.owner_id) == (True, True, org.ids("piotr"))
        assert (grow.start_on, grow.due_on, grow.progress_on) == tuple(self.day(org, days) for days in (-90, 90, -15))
        assert (vague.has_metric, vague.progress_on) == (False, None)
        (action,) = self.of(org, RecordKind.ACTION, PlanAction)
        assert (action.name, action.goal_id, action.is_open) == ("Call the board", grow.id, True)
        assert action.due_on == self.day(org, 90)

    def test_feedback_arrives_with_its_history(self, org: ContractOrg) -> None:
        """Every grade with its day, and whether a reason was told."""
        self.require(org, "feedback")
        found = sorted(self.of(org, RecordKind.FEEDBACK, Feedback), key=lambda feedback: feedback.on)
        assert [(each.on, each.grade, each.has_reason) for each in found] == [
            (self.day(org, -95), Grade.A, False),
            (self.day(org, -4), Grade.C_PLUS, True),
        ]

    def test_quotes_cases_and_contracts_arrive(self, org: ContractOrg) -> None:
        """What lies with the customer, what the customer complains of, and what ends when."""
        self.require(org, "quotes", "cases", "contracts")
        (quote,) = self.of(org, RecordKind.QUOTE, Quote)
        deals = {deal.name: deal.id for deal in self.of(org, RecordKind.OPPORTUNITY, Opportunity)}
        assert (quote.opportunity_id, quote.is_open) == (deals["Tender"], True)
        assert (quote.sent_on, quote.expires_on) == (self.day(org, -2), self.day(org, 28))
        cases = {case.is_open: case for case in self.of(org, RecordKind.CASE, Case)}
        assert (cases[True].is_high_priority, cases[True].opened_on) == (True, self.day(org, -8))
        assert "Leaking seals" in cases[True].name
        assert (cases[False].is_high_priority, cases[True].owner_id) == (False, org.ids("noor"))
        (contract,) = self.of(org, RecordKind.CONTRACT, Contract)
        assert (contract.is_active, contract.end_on, contract.value) == (True, self.day(org, 80), 1200.0)

    def test_the_history_of_owners_arrives(self, org: ContractOrg) -> None:
        """Every change with its day, the first owner being none."""
        self.require(org, "owner_changes")
        found = sorted(self.of(org, RecordKind.OWNER_CHANGE, OwnerChange), key=lambda change: change.on)
        assert [(change.on, change.from_id, change.to_id) for change in found] == [
            (self.day(org, -300), org.ids("noor"), org.ids("queue")),
            (self.day(org, -100), org.ids("queue"), org.ids("piotr")),
        ]

    def test_sales_rows_are_light_and_complete(self, org: ContractOrg) -> None:
        """Every account in scope, with sales in the last 12 months, or above one of these; nobody else."""
        self.require(org, "sales")
        rows = {row.id: row for row in org.pull(RecordKind.SALES) if isinstance(row, SalesRow)}
        wanted = {org.ids(slug): amount for slug, amount in _AMOUNTS.items()}
        assert {row.id: row.amount for row in rows.values()} == wanted
        assert rows[org.ids("whole")].parent_id == org.ids("group")
        assert {row.id for row in rows.values() if row.in_scope} == {org.ids("whole"), org.ids("bare")}
        assert rows[org.ids("group")].owner_id == org.ids("noor")
        assert org.connector.describe().accounts_total == 5


_AMOUNTS = {"whole": 400.0, "bare": 0.0, "group": 0.0, "buyer": 50.0}
