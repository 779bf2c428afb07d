"""That the contract of rules sees a rule that reads what it does not name, which is not fetched for it."""

from __future__ import annotations

from dataclasses import replace

from kam_sync.records import AccountSnapshot, ContactLevel
from kam_sync.rules_api import Example, Problem, Rule, RuleContext, RuleParams, RuleResult, rule
from kam_sync.severity import Severity
from kam_sync.testing.blanking import blank
from kam_sync.testing.rule_contract import alone, outcome_on
from kam_sync_rules._examples import company, now


class NoParams(RuleParams):
    """None."""


def _nosy(*uses: str) -> Rule:
    @rule(
        code="NOSY001",
        name="nosy",
        catalogue_id="",
        topic="roles",
        needs=("contacts",),
        uses=uses,
        severity=Severity.LOW,
        params=NoParams,
        examples=list,
    )
    def nosy(snapshot: AccountSnapshot, context: RuleContext, params: NoParams) -> RuleResult:
        """Flags what it must not read.

        What it does: reads.
        Why it matters: it must not.
        Example: this.
        Fix: name it.
        """
        titles = [contact.title for contact in snapshot.contacts]
        return [Problem(title=str(titles), why="", action="", done_when="")]

    return nosy


def test_the_check_sees_a_rule_that_reads_what_it_does_not_name() -> None:
    from kam_sync_rules._account_builders import somebody

    person = somebody("K1", title="Director", level=ContactLevel.DIRECTOR)
    example = Example(title="", snapshot=replace(company(), known_contacts=(person,)), context=now(), expected=("",))
    for nosy, same in ((_nosy(), False), (_nosy("contact.title"), True)):
        assert (outcome_on(nosy, alone(nosy, example)) == outcome_on(nosy, example)) is same


def test_blanking_takes_what_is_not_named_and_leaves_what_is() -> None:
    from kam_sync_rules._account_builders import goal, somebody

    full = replace(
        company(tier="A", unknown=["contact.left", "contact.buying_roles.champion", "opportunities"]),
        known_contacts=(somebody("K1", title="Chief Executive"),),
        known_goals=(goal(),),
    )
    kept = blank(full, {"contact.buying_roles", "account.tier"})
    assert kept.known_contacts == (replace(full.known_contacts[0], title=None, created_on=None),)
    assert kept.known_goals == ()
    assert (kept.account.tier, kept.account.owner_id, kept.account.created_on) == ("A", None, None)
    assert kept.unknown == {"contact.buying_roles.champion"}
