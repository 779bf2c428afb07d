"""The relations family, turned over: accounts of which nothing is recorded yet, and dates that were mistyped."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import TypeVar

import pytest

from kam_sync.names import with_narrower
from kam_sync.records import AccountPlan, AccountSnapshot, Activity, Contact, Opportunity, RecordKind
from kam_sync.rules_api import Example, NotApplicable, Problem, Rule, RuleResult
from kam_sync_rules import competitors, contacts, decision_group, executives, relations, relationship_stage

RULES = (
    relations.single_threaded_here,
    relations.single_threaded_there,
    decision_group.incomplete_decision_group,
    decision_group.thin_decision_group_profile,
    decision_group.missing_stakeholder_map,
    contacts.unmanaged_blocker,
    decision_group.missing_supporter,
    executives.missing_executive_contact,
    contacts.quiet_contact,
    contacts.departed_key_contact,
    relations.no_new_stakeholder,
    competitors.untouched_unit,
    competitors.undefended_competitor,
    competitors.repeated_offer_gap,
    relationship_stage.unfit_relationship_stage,
    relations.no_site_visit,
    contacts.unowned_contact,
)
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples()]
KNOWN_IN = {
    RecordKind.CONTACT: "known_contacts",
    RecordKind.OPPORTUNITY: "known_opportunities",
    RecordKind.ACTIVITY: "known_activities",
    RecordKind.PLAN: "known_plans",
    RecordKind.ROLE: "known_roles",
}

RecordT = TypeVar("RecordT")

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
CALLED = [
    (rule, example) for rule, example in EXAMPLES if set(rule.needs).isdisjoint(with_narrower(example.snapshot.unknown))
]


def answer(rule: Rule, example: Example, snapshot: AccountSnapshot | None = None) -> RuleResult:
    params = rule.params_model.model_validate(example.params)
    return rule.check(snapshot or example.snapshot, example.context, params)


def problems(result: RuleResult) -> Mapping[str, Problem]:
    if isinstance(result, NotApplicable):
        return {}
    return {part.key: part for part in result if isinstance(part, Problem)}


def changed(record: RecordT, changes: Mapping[str, object]) -> RecordT:
    copied = copy.copy(record)
    for name, value in changes.items():
        object.__setattr__(copied, name, value)  # frozen data; the names are known at run time only
    return copied


@each_rule
def test_nothing_is_said_of_an_account_of_which_everything_is_empty_and_new(rule: Rule) -> None:
    example = rule.examples()[0]
    account = dataclasses.replace(example.snapshot.account, created_on=example.context.today, tier="A", competitor=None)
    fresh = AccountSnapshot(org_uid="example", account=account, users=example.snapshot.users)
    assert problems(answer(rule, dataclasses.replace(example, params={}), fresh)) == {}


@pytest.mark.parametrize("date", [dt.date.min, dt.date.max, None])
def test_mistyped_and_missing_dates_do_not_crash(date: dt.date | None) -> None:
    for rule, example in CALLED:
        changes: dict[str, object] = {}
        for attribute in KNOWN_IN.values():
            records = getattr(example.snapshot, attribute)
            changes[attribute] = tuple(changed(record, dict.fromkeys(dates_of(record), date)) for record in records)
        answer(rule, example, changed(example.snapshot, changes))


def dates_of(record: Contact | Opportunity | Activity | AccountPlan) -> list[str]:
    return [field.name for field in dataclasses.fields(record) if isinstance(getattr(record, field.name), dt.date)]
