"""The stage of the relationship: set, and no closer than what we do with the customer's people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.records import AccountSnapshot, RecordKind
from kam_sync.rules_api import (
    NOT_APPLICABLE,
    Evidence,
    Problem,
    RuleContext,
    RuleParams,
    RuleResult,
    Topic,
    Unknown,
    rule,
)
from kam_sync.severity import Severity
from kam_sync_rules import _relationship_stage_examples as examples
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._contacts import EXECUTIVE_TITLES
from kam_sync_rules._relations import (
    AGE_NAMES,
    MOST_EVIDENCE,
    TOUCH_NAMES,
    Words,
    executive_reach,
    first_unknown,
    names_of,
    of_contact,
    too_few_spoken_with,
)
from kam_sync_rules._text import quoted


class UnfitRelationshipStageParams(RuleParams):
    """Parameters of `unfit-relationship-stage`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    strategic_stages: Annotated[Words, Field(max_length=100)] = ("strategic",)
    """Values of the stage field that say the relation is as close as it gets, whatever the case."""

    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """While the account is younger than so many days nothing is asked."""

    days: Annotated[int, Field(ge=1, le=3650)] = 90
    """As in KAM502: with whom we met or talked in so many days is active."""

    least: Annotated[int, Field(ge=1, le=100)] = 3
    """As in KAM502: fewer active contacts do not fit such a stage."""

    executives_days: Annotated[int, Field(ge=1, le=3650)] = 120
    """As in KAM508: for more than so many days no executive may go without a touch."""

    executive_titles: Annotated[Words, Field(max_length=500)] = EXECUTIVE_TITLES
    """As in KAM508: words that make a title an executive's."""


@rule(
    code="KAM515",
    name="unfit-relationship-stage",
    catalogue_id="C15",
    topic=Topic.RELATIONS,
    needs=("account.relationship_stage",),
    uses=("contacts", *TOUCH_NAMES, "contact.title", "contact.level", "contact.left", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=UnfitRelationshipStageParams,
    examples=examples.unfit_relationship_stage,
)
def unfit_relationship_stage(
    snapshot: AccountSnapshot, context: RuleContext, params: UnfitRelationshipStageParams
) -> RuleResult:
    """Flags an account whose relationship stage is not set, or says more than is true.

    What it does:
        Without a stage the problem is `unset`, and low. A stage among `strategic_stages` (strategic), whatever the
        case, is `mismatch` while fewer than `least` (3) people met or talked with us in the last `days` (90), or while
        no executive is known, or none was touched in the last `executives_days` (120): the conditions of
        `single-threaded-there` and `missing-executive-contact`, `executive_titles` (such as chief, president) included.
        One that surely holds is enough; otherwise, where one cannot be judged, `mismatch` is left open. While the
        account is younger than `grace_days` (30) the rule does not apply, and no condition holds before its own time
        has passed.

    Why it matters:
        Relations grow from tactical over working to strategic; a stage that flatters hides what is left to do
        (catalogue C15).

    Example:
        The stage says Strategic, and in the last 90 days only the purchaser met us: one problem, `mismatch`.

    Fix:
        Set the stage that is true, or meet the people who are missing for it.
    """
    if is_younger(snapshot, context.today, params.grace_days):
        return NOT_APPLICABLE
    stage = " ".join((snapshot.account.relationship_stage or "").split())
    if not stage:
        return [_unset(context)]
    if stage.casefold() not in {word.casefold() for word in params.strategic_stages}:
        return ()
    facts, unknown = _against(snapshot, context, params)
    if facts:
        return [_mismatch(stage, facts, snapshot, context)]
    return [Unknown(key="mismatch", name=unknown)] if unknown else ()


def _against(
    snapshot: AccountSnapshot, context: RuleContext, params: UnfitRelationshipStageParams
) -> tuple[list[Evidence], str | None]:
    """Return what speaks against a strategic stage, and the first name without which that cannot all be judged."""
    facts: list[Evidence] = []
    unknown = first_unknown(snapshot, "contacts", *TOUCH_NAMES)
    if unknown is None:
        spoken_with = too_few_spoken_with(snapshot, context, days=params.days, least=params.least)
        if spoken_with is not None:
            facts.append(Evidence(text=f"Meetings or calls lately with: {names_of(spoken_with) or 'nobody'}"))
            facts += [of_contact(contact, "met or talked with us") for contact in spoken_with[:2]]
    unreadable = first_unknown(snapshot, "contacts", "contact.title")
    if unreadable is None:
        reach = executive_reach(
            snapshot,
            context,
            days=params.executives_days,
            grace_days=params.grace_days,
            titles=params.executive_titles,
        )
        unreadable = reach.unknown
        if reach.gap == "missing":
            facts.append(Evidence(text="No contact is an executive"))
        elif reach.gap:
            facts.append(Evidence(text=f"No executive was in touch with us lately: {names_of(reach.executives)}"))
    return facts, unknown or unreadable


def _unset(context: RuleContext) -> Problem:
    return Problem(
        key="unset",
        title="The stage of the relationship is not set",
        why="Relations grow from tactical over working to strategic; who does not say where one stands plans no step.",
        action=f"Set {context.label('account.relationship_stage')}.",
        done_when="The account has a relationship stage.",
        severity=Severity.LOW,
    )


def _mismatch(stage: str, facts: Sequence[Evidence], snapshot: AccountSnapshot, context: RuleContext) -> Problem:
    said = Evidence(text=f"The stage says {quoted(stage)}", record=(RecordKind.ACCOUNT, snapshot.account.id))
    return Problem(
        key="mismatch",
        title=f"The relationship is not as close as its stage {quoted(stage)} says",
        evidence=(said, *facts[: MOST_EVIDENCE - 1]),
        why="A stage that flatters hides what is left to do for the relation.",
        action="Meet the people who are missing for it, or set the stage that is true in "
        f"{context.label('account.relationship_stage')}.",
        done_when="Enough of the customer's people, an executive among them, are in touch with us, or the stage is "
        "another.",
    )
