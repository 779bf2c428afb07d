"""Loads what else hangs on an account: goals and actions of its plan, feedback, tickets, contracts."""

from __future__ import annotations

from kam_sync.portfolio import PortfolioAccount
from kam_sync_hubspot.local_crm.load_rows import Load
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.pipelines import CLOSED_TICKET, NEW_TICKET, TICKET_PIPELINE
from kam_sync_hubspot.local_crm.vocabulary import money_text

_PRIMARY_OF_TICKET = 26
_ACTION_DUE_DAYS = 30
"""When an action is due whose goal is due on no day or on a day that has passed."""


class CareLoader:
    """Loads one account's goals, actions, feedback, tickets and contracts."""

    def __init__(self, load: Load) -> None:
        self._load = load

    def load(self, account: PortfolioAccount, company: int) -> None:
        """Gather everything; a bare portal has no objects for other than tickets."""
        self._tickets(account, company)
        if not self._load.portal.bare:
            self._goals(account, company)
            self._feedback(account, company)
            self._contracts(account, company)

    def _goals(self, account: PortfolioAccount, company: int) -> None:
        load = self._load
        numbers = load.numbered(ObjectType.PLAN_GOAL, account, "goal", [each.slug for each in account.goals])
        for goal, number in zip(account.goals, numbers, strict=True):
            status, start = "open" if goal.is_open else "done", goal.start_days
            properties = {
                "goal_name": goal.name,
                "goal_owner": load.optional_owner(goal.owner, account),
                "start_date": load.day_text(start),
                "due_date": load.day_text(goal.due_days),
                "target_value": "100" if goal.has_metric else "",
                "progress_on": load.day_text(goal.progress_days),
                "status": status,
            }
            made = load.day(-60 if start is None else start)
            load.add(ObjectType.PLAN_GOAL, number, properties, made)
            load.link(ObjectType.PLAN_GOAL, number, ObjectType.COMPANY, company)
            due = goal.due_days if goal.due_days is not None and goal.due_days > 0 else _ACTION_DUE_DAYS
            actions = load.numbered(
                ObjectType.PLAN_ACTION, account, "action", [f"{goal.slug}/{name}" for name in goal.actions]
            )
            for name, action in zip(goal.actions, actions, strict=True):
                properties = {
                    "action_name": name,
                    "action_owner": load.owner(goal.owner or account.owner, account),
                    "due_date": load.day_text(due),
                    "goal_id": str(number),
                    "status": status,
                }
                load.add(ObjectType.PLAN_ACTION, action, properties, made)
                load.link(ObjectType.PLAN_ACTION, action, ObjectType.COMPANY, company)

    def _feedback(self, account: PortfolioAccount, company: int) -> None:
        load = self._load
        numbers = load.portal.records.reserve_ids(ObjectType.CUSTOMER_FEEDBACK, len(account.feedback))
        for given, number in zip(account.feedback, numbers, strict=True):
            properties = {
                "given_on": load.day_text(given.days),
                "grade": given.grade.value,
                "reason": given.reason or "",
            }
            load.add(ObjectType.CUSTOMER_FEEDBACK, number, properties, load.day(given.days))
            load.link(ObjectType.CUSTOMER_FEEDBACK, number, ObjectType.COMPANY, company)

    def _tickets(self, account: PortfolioAccount, company: int) -> None:
        load = self._load
        numbers = load.numbered(ObjectType.TICKET, account, "case", [each.slug for each in account.cases])
        for case, number in zip(account.cases, numbers, strict=True):
            properties = {
                "subject": case.name,
                "hs_pipeline": TICKET_PIPELINE,
                "hs_pipeline_stage": NEW_TICKET if case.is_open else CLOSED_TICKET,
                "hs_ticket_priority": "HIGH" if case.is_high_priority else "MEDIUM",
                "hubspot_owner_id": load.owner(case.owner, account),
                "closed_date": "" if case.is_open else load.past_text(load.day(case.opened_days + 7)),
            }
            load.add(ObjectType.TICKET, number, properties, load.day(case.opened_days))
            load.link(ObjectType.TICKET, number, ObjectType.COMPANY, company, _PRIMARY_OF_TICKET)

    def _contracts(self, account: PortfolioAccount, company: int) -> None:
        load = self._load
        numbers = load.numbered(
            ObjectType.SERVICE_CONTRACT, account, "contract", [each.slug for each in account.contracts]
        )
        for contract, number in zip(account.contracts, numbers, strict=True):
            properties = {
                "contract_name": contract.name,
                "end_date": load.day_text(contract.end_days),
                "annual_value": money_text(contract.value),
                "status": "active" if contract.is_active else "ended",
                "hubspot_owner_id": load.owner(account.owner, account),
            }
            load.add(ObjectType.SERVICE_CONTRACT, number, properties, load.day(account.created_days))
            load.link(ObjectType.SERVICE_CONTRACT, number, ObjectType.COMPANY, company)
