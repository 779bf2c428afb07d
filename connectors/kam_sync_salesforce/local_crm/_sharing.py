"""Whose account a record belongs to: by it sharing hides a record from the API user together with its account.

It goes by columns, not by what field-level security leaves of them, so that a hidden field opens nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_OWN_FIELD: Final[Mapping[str, str]] = {
    "Account": "Id",
    "Feedback__c": "Account__c",
    "Plan_Action__c": "Account__c",
    **dict.fromkeys(
        (
            "AccountContactRelation",
            "AccountHistory",
            "AccountPlan",
            "AccountTeamMember",
            "Case",
            "Contact",
            "Contract",
            "Event",
            "Opportunity",
            "Task",
        ),
        "AccountId",
    ),
}
"""Object → its field that names the account."""
_PARENT: Final[Mapping[str, tuple[str, str]]] = {
    "AccountPlanObjective": ("AccountPlanId", "AccountPlan"),
    "AccountPlanObjectiveMeasure": ("AccountPlanObjectiveId", "AccountPlanObjective"),
    "EventRelation": ("EventId", "Event"),
    "EventWhoRelation": ("EventId", "Event"),
    "OpportunityContactRole": ("OpportunityId", "Opportunity"),
    "OpportunityTeamMember": ("OpportunityId", "Opportunity"),
    "Quote": ("OpportunityId", "Opportunity"),
    "TaskWhoRelation": ("TaskId", "Task"),
}
"""Object → its field that names the record by which it is shared, and that record's object."""


def account_sql(object_name: str, alias: str) -> str | None:
    """Return the id of a record's account as SQL; None for objects that hang on no account.

    Args:
        object_name: The object.
        alias: What its table is called in the statement.
    """
    if object_name in _OWN_FIELD:
        return f'{alias}."{_OWN_FIELD[object_name]}"'
    if object_name not in _PARENT:
        return None
    reference, parent = _PARENT[object_name]
    above = f"{alias}_parent"
    account = account_sql(parent, above)
    return f'(SELECT {account} FROM "{parent}" AS {above} WHERE {above}."Id" = {alias}."{reference}")'  # noqa: S608 - names of this module
