"""The records kam-sync judges, the same for every CRM.

Words (enumerations), the records, how answers become grades, and the snapshot of one account.
"""

from __future__ import annotations

from kam_sync.records.grades import (
    Scale,
    grade_of,
)
from kam_sync.records.kinds import (
    ADAPTERS,
    Account,
    AccountPlan,
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
    SalesRow,
    User,
    account_ids_of,
)
from kam_sync.records.snapshot import (
    AccountSnapshot,
    UnknownValueError,
)
from kam_sync.records.words import (
    ActivityKind,
    ActivityStatus,
    BuyingRole,
    ContactLevel,
    Grade,
    OpportunityStage,
    OpportunityType,
    PlanPart,
    Purpose,
    RecordKind,
    Role,
    Stance,
    SwotPart,
)

__all__ = [
    "ADAPTERS",
    "Account",
    "AccountPlan",
    "AccountSnapshot",
    "Activity",
    "ActivityKind",
    "ActivityStatus",
    "BuyingRole",
    "Case",
    "Contact",
    "ContactLevel",
    "Contract",
    "Feedback",
    "Grade",
    "Opportunity",
    "OpportunityStage",
    "OpportunityType",
    "OwnerChange",
    "PlanAction",
    "PlanGoal",
    "PlanPart",
    "Purpose",
    "Quote",
    "Record",
    "RecordKind",
    "Role",
    "RoleAssignment",
    "SalesRow",
    "Scale",
    "Stance",
    "SwotPart",
    "UnknownValueError",
    "User",
    "account_ids_of",
    "grade_of",
]
