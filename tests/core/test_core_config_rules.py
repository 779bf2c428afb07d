"""The policy's say about rules, tasks and silence: prefixes, parameters, tiers, due days, suppressions."""

from __future__ import annotations

import datetime as dt

import pytest

from core.core_builders import scripted_rule
from core.core_policies import MINIMAL, loaded, refusal
from kam_sync.engine import ConfiguredRule
from kam_sync.rules_api import RuleParams
from kam_sync.severity import Severity


class Grace(RuleParams):
    """Parameters of a rule."""

    days: int = 30
    strict: bool = False


RULES = (
    scripted_rule("KAM101", params=Grace),
    scripted_rule("KAM102"),
    scripted_rule("KAM201"),
    scripted_rule("KAM301"),
    scripted_rule("OWN101"),
)


def codes(text: str) -> list[str]:
    return [configured.rule.code for configured in loaded(text, rules=RULES).rules]


def first(text: str) -> ConfiguredRule:
    return loaded(text, rules=RULES).rules[0]


# -- which rules run --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["KAM101", "KAM102", "KAM201"]),
        ("rules: {select: [KAM]}\n", ["KAM101", "KAM102", "KAM201", "KAM301"]),
        ("rules: {select: [KAM101, OWN]}\n", ["KAM101", "OWN101"]),
        ("rules: {ignore: [KAM102]}\n", ["KAM101", "KAM201"]),
        ("rules: {ignore: [KAM1]}\n", ["KAM201"]),
        ("rules: {select: [KAM, KAM101], ignore: [KAM1]}\n", ["KAM101", "KAM201", "KAM301"]),
        ("rules: {select: [KAM1], ignore: [KAM]}\n", ["KAM101", "KAM102"]),
        ("rules: {select: [KAM101], ignore: [KAM101]}\n", []),
    ],
)
def test_the_longest_prefix_decides_and_ignore_wins_a_tie(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_a_prefix_of_no_rule_is_an_error_with_its_line() -> None:
    message = refusal("rules:\n  select:\n  - KAM1\n  - KAM9\n", rules=RULES)
    assert message.startswith("9: rules.select.1: no rule begins with 'KAM9'")


def test_an_ignored_prefix_of_no_rule_is_an_error_too() -> None:
    message = refusal("rules: {ignore: [KAM111]}\n", rules=RULES)
    assert message.startswith("6: rules.ignore.0: no rule begins with 'KAM111'; did you mean 'KAM101'?")


def test_settings_of_an_unknown_rule_are_an_error_with_a_suggestion() -> None:
    message = refusal("rules:\n  settings:\n    KAM110: {severity: low}\n", rules=RULES)
    assert message.startswith("8: rules.settings.KAM110: there is no such rule; did you mean 'KAM1")


def test_settings_of_a_rule_that_does_not_run_are_allowed() -> None:
    assert codes("rules: {select: [KAM2], settings: {KAM101: {severity: low}}}\n") == ["KAM201"]


# -- how they run -----------------------------------------------------------------------------------------------------


def test_a_rule_without_settings_has_its_defaults() -> None:
    rule = first("")
    assert (rule.tuning.params, rule.tuning.severity, rule.for_days, dict(rule.tiers)) == (Grace(), None, 0, {})


def test_settings_tune_a_rule() -> None:
    rule = first("rules: {settings: {KAM101: {severity: critical, for_days: 3, params: {days: 7}}}}\n")
    assert (rule.tuning.params, rule.tuning.severity, rule.for_days) == (Grace(days=7), Severity.CRITICAL, 3)


def test_a_tier_keeps_what_it_does_not_change() -> None:
    rule = first(
        "rules:\n  settings:\n    KAM101:\n      severity: high\n      params: {days: 7, strict: true}\n"
        "      tiers:\n        A: {params: {days: 3}}\n        B: {severity: low}\n"
    )
    assert (rule.tiers["A"].params, rule.tiers["A"].severity) == (Grace(days=3, strict=True), Severity.HIGH)
    assert (rule.tiers["B"].params, rule.tiers["B"].severity) == (Grace(days=7, strict=True), Severity.LOW)


def test_an_unknown_parameter_is_an_error_with_its_line() -> None:
    text = "rules:\n  settings:\n    KAM101:\n      params:\n        dayz: 7\n"
    assert refusal(text, rules=RULES) == "10: rules.settings.KAM101.params.dayz: unknown key; did you mean 'days'?"


def test_a_wrong_parameter_of_a_tier_is_an_error_with_its_line() -> None:
    text = "rules:\n  settings:\n    KAM101:\n      tiers:\n        A:\n          params: {days: soon}\n"
    message = refusal(text, rules=RULES)
    assert message.startswith("11: rules.settings.KAM101.tiers.A.params.days: expected a whole number")


def test_top_tiers_are_values_of_the_tier_field() -> None:
    assert loaded("rules: {top_tiers: [A, Platin]}\n").policy.rules.top_tiers == {"A", "Platin"}


# -- tasks ------------------------------------------------------------------------------------------------------------


def test_due_days_replace_the_defaults_they_name() -> None:
    days = loaded("tasks: {due_days: {high: 5, low: 0}}\n").policy.tasks.all_due_days
    assert {severity.label: count for severity, count in days.items()} == {
        "critical": 1,
        "high": 5,
        "medium": 7,
        "low": 0,
        "info": 14,
    }


@pytest.mark.parametrize(("text", "key"), [("{high: -1}", "high"), ("{high: 366}", "high"), ("{soon: 3}", "soon")])
def test_senseless_due_days_are_an_error(text: str, key: str) -> None:
    assert refusal(f"tasks:\n  due_days: {text}\n").startswith(f"7: tasks.due_days.{key}")


@pytest.mark.parametrize(
    ("written", "one", "two"),
    [
        ("ines@vendor.example", "ines@vendor.example", "ines@vendor.example"),
        ("{one: ines}", "ines", None),
        ("null", None, None),
    ],
)
def test_a_fallback_assignee_is_for_all_orgs_or_for_each(written: str, one: str | None, two: str | None) -> None:
    head = "version: 1\norgs:\n  one: {connector: memory, crm: x}\n  two: {connector: memory, crm: y}\n"
    tasks = loaded(f"tasks: {{fallback_assignee: {written}}}\n", head=head).policy.tasks
    assert (tasks.fallback_for("one"), tasks.fallback_for("two")) == (one, two)


def test_a_fallback_assignee_of_no_org_is_an_error() -> None:
    message = refusal("tasks:\n  fallback_assignee: {mian: ines}\n")
    assert message == "7: tasks.fallback_assignee.mian: there is no such org; did you mean 'main'?"


def test_null_lifts_a_cap() -> None:
    caps = loaded("tasks: {caps: {live_per_account: null}}\n").policy.tasks.caps
    assert (caps.live_per_account, caps.live_per_owner) == (None, 15)


# -- suppressions -----------------------------------------------------------------------------------------------------

SILENT = "suppress:\n- code: KAM101\n  reason: agreed with sales\n  author: Inês Carvalho\n  until: 2026-12-31\n"


def test_a_suppression_reaches_the_engine() -> None:
    (suppression,) = loaded(SILENT + "  account: acme\n  key: innovator\n").suppressions("main")
    assert (suppression.code, suppression.account_id, suppression.key) == ("KAM101", "acme", "innovator")
    assert (suppression.until, suppression.reason) == (dt.date(2026, 12, 31), "agreed with sales")


def test_a_suppression_may_be_for_one_org() -> None:
    policy = loaded(SILENT + "  org: main\n")
    assert len(policy.suppressions("main")) == 1
    assert policy.suppressions("other") == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("KAM101", "KAM911"), "7: suppress.0.code: no rule begins with it"),
        (("2026-12-31", "31.12.2026"), "10: suppress.0.until: input should be a valid date"),
        (("2026-12-31", "for ever"), "10: suppress.0.until: input should be a valid date"),
        (("agreed with sales", "ok"), "8: suppress.0.reason: string should have at least 3 characters"),
        (("  author: Inês Carvalho\n", ""), "7: suppress.0.author: field required"),
        (("  until: 2026-12-31\n", ""), "7: suppress.0.until: field required"),
        (("  until:", "  org: mian\n  until:"), "10: suppress.0.org: there is no such org; did you mean 'main'?"),
    ],
)
def test_a_suppression_says_what_why_who_and_until_when(change: tuple[str, str], message: str) -> None:
    assert refusal(SILENT.replace(*change)).startswith(message)


def test_a_suppression_of_nothing_in_particular_is_refused() -> None:
    assert refusal(SILENT.replace("KAM101", "''")).startswith("7: suppress.0.code: ")


def test_a_former_code_still_names_its_rule() -> None:
    rules = (scripted_rule("KAM111", aliases=("KAM101",), params=Grace),)
    policy = loaded("rules: {select: [KAM], settings: {KAM101: {params: {days: 7}}}}\n", rules=rules)
    assert policy.rules[0].tuning.params == Grace(days=7)


# -- topics, calendar, what is fetched --------------------------------------------------------------------------------


def test_topics_can_be_grouped() -> None:
    policy = loaded("tasks: {topics: {plan: next-steps}}\n")
    topics = {configured.rule.code: configured.rule.topic for configured in policy.rules}
    assert (topics["KAM201"], topics["KAM203"], topics["KAM101"]) == ("next-steps", "next-steps", "roles")


def test_a_grouped_topic_must_exist() -> None:
    assert refusal("tasks: {topics: {plann: next-steps}}\n") == (
        "6: tasks.topics.plann: no rule has this topic; did you mean 'plan'?"
    )


def test_topics_are_grouped_in_one_step() -> None:
    message = refusal("tasks: {topics: {plan: roles, roles: next-steps}}\n")
    assert "roles is itself grouped with next-steps; name that one" in message


def test_an_org_counts_time_in_its_own_way() -> None:
    head = MINIMAL + "    calendar: {fiscal_year_start: 4, weekend: [friday, saturday], holidays: [2026-03-20]}\n"
    calendar = loaded(head=head).policy.orgs["main"].calendar.business
    assert calendar.weekend == {4, 5}
    assert calendar.fiscal_year(dt.date(2026, 4, 1)) == 2027
    assert not calendar.is_business_day(dt.date(2026, 3, 20))
    assert calendar.is_business_day(dt.date(2026, 3, 22))


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        ("{weekend: [satturday]}", "6: orgs.main.calendar.weekend.0: "),
        ("{fiscal_year_start: 13}", "6: orgs.main.calendar.fiscal_year_start: "),
        ("{weekends: [friday]}", "unknown key; did you mean 'weekend'?"),
    ],
)
def test_a_mistake_in_the_calendar_is_said_with_its_line(calendar: str, message: str) -> None:
    assert message in refusal(head=MINIMAL + f"    calendar: {calendar}\n")


def test_a_rule_over_the_portfolio_has_no_tiers() -> None:
    message = refusal("rules:\n  settings:\n    KAM314:\n      tiers: {A: {severity: low}}\n")
    assert message.startswith("9: rules.settings.KAM314.tiers: this rule judges the whole portfolio")


def test_only_what_a_selected_rule_reads_is_wanted() -> None:
    few = loaded("rules: {select: [KAM203]}\n").wanted
    assert {"activities", "account.owner_id", "roles.project_manager", "roles"} <= few
    assert not {"contacts", "contact.stance", "feedback", "sales"} & few
    more = loaded("rules: {select: [KAM507]}\n").wanted
    assert {"contacts", "contact.stance"} <= more
    assert "feedback" not in more


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "rules:\n  select: [KAM101]\n  settings:\n    KAM503:\n      params: {roles: [champoin]}\n",
            "10: rules.settings.KAM503.params.roles.0: 'champoin' is none of its values; did you mean 'champion'?",
        ),
        (
            "rules:\n  settings:\n    KAM508:\n      params: {executive_title: [Chief]}\n",
            "9: rules.settings.KAM508.params.executive_title: unknown key; did you mean 'executive_titles'?",
        ),
        ("rules:\n  settings:\n    KAM319:\n      params: {products: 7}\n", "products: expected a list such as"),
    ],
)
def test_what_is_said_of_a_rule_that_does_not_run_must_hold_too(text: str, message: str) -> None:
    assert message in refusal(text)


ACME = """\
version: 1
orgs:
  acme:
    connector: salesforce
    auth: {method: client_credentials, consumer_key: key, consumer_secret: "${S}", domain: acme.my}
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "    fields:\n      account.tier: Tier__c\n      contact.stanse: Stance__c\n",
            "8: orgs.acme.fields.contact.stanse: 'contact.stanse' is no field that can be mapped here; "
            "did you mean 'contact.stance'?",
        ),
        (
            "    values:\n      contact.stance:\n        suporter: [Fan]\n",
            "8: orgs.acme.values.contact.stance.suporter: 'suporter' is no value that a field can have; "
            "did you mean 'supporter'?",
        ),
        (
            "    feedback: {object: F__c, account_field: A__c, fields: {on: O__c, grade: G__c}, scale: nsp}\n",
            "6: orgs.acme.feedback.scale: 'nsp' is none of its values; did you mean 'nps'?",
        ),
        ("    contracts: {objekt: C__c}\n", "6: orgs.acme.contracts.objekt: unknown key; did you mean 'object'?"),
        (
            "    plan: {object: AccountPlan, account_field: AccountId, swot: {threat: [T__c]}}\n",
            "6: orgs.acme.plan.swot.threat: 'threat' is none of its values; did you mean 'threats'?",
        ),
        ("    calender: {weekend: [friday]}\n", "6: orgs.acme.calender: unknown key; did you mean 'calendar'?"),
    ],
)
def test_a_mistake_in_a_mapping_is_said_with_line_key_and_suggestion(text: str, message: str) -> None:
    assert refusal(text, head=ACME, environment={"S": "secret"}) == message
