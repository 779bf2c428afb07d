"""The words records are made of: kinds, roles, and every value that a CRM's own values are mapped to."""

from __future__ import annotations

from enum import StrEnum


class RecordKind(StrEnum):
    """The kinds of record that a connector can pull, in the order in which they are pulled."""

    USER = "user"
    ACCOUNT = "account"
    CONTACT = "contact"
    ROLE = "role"
    OPPORTUNITY = "opportunity"
    ACTIVITY = "activity"
    PLAN = "plan"
    GOAL = "goal"
    ACTION = "action"
    FEEDBACK = "feedback"
    QUOTE = "quote"
    CASE = "case"
    CONTRACT = "contract"
    OWNER_CHANGE = "owner_change"
    SALES = "sales"


class Role(StrEnum):
    """The six strategic-account roles on the seller's side (catalogue, section 1)."""

    RESULTS_DRIVER = "results_driver"
    RELATIONSHIP_LEAD = "relationship_lead"
    INNOVATOR = "innovator"
    COLLABORATOR = "collaborator"
    TECHNICAL_EXPERT = "technical_expert"
    PROJECT_MANAGER = "project_manager"

    @property
    def label(self) -> str:
        """The role's name as a person reads it."""
        return self.value.replace("_", " ")


class PlanPart(StrEnum):
    """The four parts that every account plan has (catalogue, section 2)."""

    KEY_RELATIONS = "key_relations"
    CURRENT_STATE = "current_state"
    REVENUE_GOALS = "revenue_goals"
    STRATEGY = "strategy"

    @property
    def label(self) -> str:
        """The part's name as a person reads it."""
        return self.value.replace("_", " ")


class SwotPart(StrEnum):
    """The four parts of the current state of a client: inner ones and outer ones (catalogue, section 2)."""

    STRENGTHS = "strengths"
    WEAKNESSES = "weaknesses"
    OPPORTUNITIES = "opportunities"
    THREATS = "threats"


class ActivityKind(StrEnum):
    """What sort of activity a record is."""

    TASK = "task"
    MEETING = "meeting"
    CALL = "call"


class ActivityStatus(StrEnum):
    """How an activity stands in the CRM.

    A meeting that was never marked stays `open` after its date; that it took place is for the reader to
    conclude from the date, since pulling knows no "today".
    """

    OPEN = "open"
    DONE = "done"
    CANCELED = "canceled"


class Purpose(StrEnum):
    """What an activity is for, by the CRM's own types of activities as the policy maps them."""

    TEAM_MEETING = "team_meeting"
    """Our account team among itself."""
    BUSINESS_REVIEW = "business_review"
    """Results looked at together with the customer."""
    ON_SITE_VISIT = "on_site_visit"
    HANDOVER = "handover"
    TENDER_PREPARATION = "tender_preparation"
    RENEWAL = "renewal"

    @property
    def label(self) -> str:
        """The purpose as a person reads it."""
        return self.value.replace("_", " ")


class BuyingRole(StrEnum):
    """What part a person of the customer's plays in buying; never one of our six roles."""

    DECISION_MAKER = "decision_maker"
    ECONOMIC_BUYER = "economic_buyer"
    TECHNICAL_BUYER = "technical_buyer"
    CHAMPION = "champion"
    EXECUTIVE_SPONSOR = "executive_sponsor"
    INFLUENCER = "influencer"
    END_USER = "end_user"
    BLOCKER = "blocker"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The role's name as a person reads it."""
        return self.value.replace("_", " ")


class Stance(StrEnum):
    """How a person of the customer's stands towards us."""

    SUPPORTER = "supporter"
    NEUTRAL = "neutral"
    BLOCKER = "blocker"


class ContactLevel(StrEnum):
    """How high a person stands at the customer's."""

    EXECUTIVE = "executive"
    DIRECTOR = "director"
    MANAGER = "manager"
    STAFF = "staff"


class OpportunityType(StrEnum):
    """Whether a sale wins a customer, grows one, or keeps one."""

    NEW_BUSINESS = "new_business"
    EXPANSION = "expansion"
    RENEWAL = "renewal"


class OpportunityStage(StrEnum):
    """The stages of a sale that rules speak of, by the org's own stages as the policy maps them."""

    TECHNICAL = "technical"
    """The customer's technical people judge."""
    PROPOSAL = "proposal"
    """A proposal is being made or lies with the customer."""


class Grade(StrEnum):
    """The grade a customer gives us, best first; everything below B is in effect an F (catalogue, warning 2)."""

    A_PLUS = "A+"
    A = "A"
    A_MINUS = "A-"
    B_PLUS = "B+"
    B = "B"
    B_MINUS = "B-"
    C_PLUS = "C+"
    C = "C"
    C_MINUS = "C-"
    D_PLUS = "D+"
    D = "D"
    D_MINUS = "D-"
    F = "F"

    @property
    def letter(self) -> str:
        """The grade without plus or minus."""
        return self.value[0]

    @property
    def rank(self) -> int:
        """The grade's place, 0 for the best; a higher rank is a worse grade."""
        return list(Grade).index(self)

    @property
    def letters_below_a(self) -> int:
        """How many whole letters the grade is below A; there is no E."""
        return "ABCDF".index(self.letter)
