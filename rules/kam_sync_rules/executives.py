"""The customer's executives: whether we know one, whether one hears from us, and by whom one gets there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import ConfigDict, Field

from kam_sync.figures.reporting_line import highest_route, route_to
from kam_sync.records import AccountSnapshot, Contact
from kam_sync.rules_api import (
    NOT_APPLICABLE,
    Problem,
    RuleContext,
    RuleParams,
    RuleResult,
    Topic,
    Unknown,
    rule,
)
from kam_sync.severity import Severity
from kam_sync_rules import _executives_examples as examples
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._contacts import EXECUTIVE_TITLES, contacts_there, last_touches
from kam_sync_rules._inhibition import covering
from kam_sync_rules._relations import (
    AGE_NAMES,
    MOST_EVIDENCE,
    TOUCH_NAMES,
    ExecutiveReach,
    Words,
    contact_name,
    executive_reach,
    names_of,
    of_contact,
    touched_words,
)
from kam_sync_rules._text import quoted


class MissingExecutiveContactParams(RuleParams):
    """Parameters of `missing-executive-contact`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 120
    """For more than so many days no executive may go without a touch."""

    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """While the account is younger than so many days nobody asks for an executive."""

    executive_titles: Annotated[Words, Field(max_length=500)] = EXECUTIVE_TITLES
    """Words that make a title an executive's, where the org records no level."""


@rule(
    code="KAM508",
    name="missing-executive-contact",
    catalogue_id="C08",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.title"),
    uses=("contact.level", "contact.reports_to_id", "contact.left", *TOUCH_NAMES, "account.tier", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=MissingExecutiveContactParams,
    examples=examples.missing_executive_contact,
)
def missing_executive_contact(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingExecutiveContactParams
) -> RuleResult:
    """Flags an account where we know no executive, or have long not been in touch with any.

    What it does:
        An executive is a contact whose level is executive or, without a level, whose title contains one of the words
        `executive_titles` (such as chief, president, managing director) as whole words; a vice president is none. When
        there is none, the problem is `missing`. When there are some and nothing happened with any of them in the last
        `days` (120), it is `untouched`; exactly so many days ago is still in time, and without knowing who took part
        in activities it is left open. High on a top-tier account. Contacts who left do not count. `missing` is not
        asked while the account is younger than `grace_days` (30), `untouched` while it is younger than `days`. Where it
        is recorded who reports to whom, the task tells the way up. A title tells how high a contact of the customer's
        stands, and nothing about the roles of our own people.

    Why it matters:
        Who ends up levels below those who decide sells what is asked for, and never what would be worth most
        (catalogue C08, after RAIN Group).

    Example:
        The highest contact of a customer is a vice president of purchasing: one problem, `missing`.

    Fix:
        Strengthen the highest contact you have, bring something worth an executive's time, and ask for the meeting.
    """
    reach = executive_reach(
        snapshot, context, days=params.days, grace_days=params.grace_days, titles=params.executive_titles
    )
    if reach.unknown is not None:
        return [Unknown(key="untouched", name=reach.unknown)]
    if reach.gap:
        severity = Severity.HIGH if context.is_top_tier(snapshot) else None
        return [
            _no_executive(snapshot, context, severity)
            if reach.gap == "missing"
            else _untouched(reach, snapshot, context, severity)
        ]
    young = not reach.executives and is_younger(snapshot, context.today, params.grace_days)
    return NOT_APPLICABLE if young else ()


def _no_executive(snapshot: AccountSnapshot, context: RuleContext, severity: Severity | None) -> Problem:
    contacts = contacts_there(snapshot)
    route = highest_route(contacts, _known_ids(snapshot, context)) if _tells_line(snapshot) else ()
    highest = [of_contact(route[-1], "is the highest in the line of those we know")] if route else []
    others = [contact for contact in contacts if not route or contact.id != route[-1].id]
    titled = [of_contact(one, f"is {quoted(one.title)}" if one.title else "has no title") for one in others]
    way = f" {_way(route)}, and ask there who stands above." if route else ""
    return Problem(
        key="missing",
        title="We know no executive at this customer",
        evidence=tuple([*highest, *titled][:MOST_EVIDENCE]),
        why="Who talks levels below those who decide sells what is asked for, and never what would be worth most.",
        action="Find the executive who gains most from us and create the contact, with "
        f"{context.label('contact.title')}.{way} Bring something worth an executive's time.",
        done_when="A contact of this customer is an executive.",
        severity=severity,
        covers=covering("KAM508", ("KAM106", "innovator"), ("KAM509", "executives")),
    )


def _untouched(
    reach: ExecutiveReach, snapshot: AccountSnapshot, context: RuleContext, severity: Severity | None
) -> Problem:
    touches = last_touches(snapshot, context.today)
    contacts = contacts_there(snapshot)
    routes = [route_to(one, contacts, touches.keys()) for one in reach.executives] if _tells_line(snapshot) else []
    route = min((way for way in routes if way), key=len, default=())
    way = f" {_way(route)}." if route else " Strengthen the highest contact you have, and ask there for the meeting."
    return Problem(
        key="untouched",
        title="No executive of this customer's has been in touch with us for long",
        evidence=tuple(of_contact(one, touched_words(one, touches)) for one in reach.executives[:MOST_EVIDENCE]),
        why="Executives decide what their company does next; who is not in touch with them hears it last.",
        action=f"Reach {names_of(reach.executives[:1])} with something worth an executive's time, and add that person "
        f"to the meeting or call as a contact.{way}",
        done_when="A meeting, call or completed task with an executive is recorded lately.",
        severity=severity,
        covers=covering("KAM508", ("KAM106", "innovator"), ("KAM509", "executives")),
    )


def _tells_line(snapshot: AccountSnapshot) -> bool:
    return snapshot.knows("contact.reports_to_id")


def _known_ids(snapshot: AccountSnapshot, context: RuleContext) -> frozenset[str]:
    """Return whom we know: those who were ever in touch with us, or every contact where that cannot be known."""
    if snapshot.knows(*TOUCH_NAMES):
        return frozenset(last_touches(snapshot, context.today))
    return frozenset(contact.id for contact in contacts_there(snapshot))


def _way(route: Sequence[Contact]) -> str:
    """Say the way up; of a long one its first and last people."""
    names = [contact_name(contact) for contact in route]
    if len(names) > MOST_EVIDENCE:
        names = [*names[: MOST_EVIDENCE - 1], "…", names[-1]]
    return f"The way up: {', then '.join(names)}"
