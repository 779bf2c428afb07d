"""The customer's decision group: who plays which part in buying, how they stand, and what is recorded of them."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.figures.decision_group import (
    WANTED_ROLES,
    ProfileFilling,
    ProfilePart,
    coverage,
    profile_filling,
)
from kam_sync.records import AccountSnapshot, BuyingRole, Stance
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
from kam_sync_rules import _decision_group_examples as examples
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._contacts import contacts_there, last_touches
from kam_sync_rules._relations import AGE_NAMES, MOST_EVIDENCE, TOUCH_NAMES, first_unknown, names_of, of_contact
from kam_sync_rules._text import joined

MEANINGS: Final = {
    BuyingRole.DECISION_MAKER: "who decides",
    BuyingRole.ECONOMIC_BUYER: "who releases the money",
    BuyingRole.TECHNICAL_BUYER: "who judges whether it works",
    BuyingRole.CHAMPION: "who speaks for us when we are not there",
    BuyingRole.EXECUTIVE_SPONSOR: "who covers it at the top",
    BuyingRole.INFLUENCER: "whose opinion counts",
    BuyingRole.END_USER: "who will work with it",
    BuyingRole.BLOCKER: "who is against it",
    BuyingRole.OTHER: "who else takes part",
}
"""What each buying role tells us."""

PROFILE_NAMES: Final = {
    ProfilePart.STANCE: ("contact.stance",),
    ProfilePart.INFLUENCE: ("contact.influence",),
    ProfilePart.DECISION_CRITERIA: ("contact.decision_criteria",),
    ProfilePart.TOUCH: TOUCH_NAMES,
}
"""What each part of a profile is read from."""


def role_name(role: BuyingRole) -> str:
    """Return the canonical name of a buying role."""
    return f"contact.buying_roles.{role}"


class IncompleteDecisionGroupParams(RuleParams):
    """Parameters of `incomplete-decision-group`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    roles: Annotated[tuple[BuyingRole, ...], Field(min_length=1, max_length=len(BuyingRole))] = WANTED_ROLES
    """The buying roles in which somebody must be known."""

    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """While the account is younger than so many days nothing is asked."""


class ThinDecisionGroupProfileParams(RuleParams):
    """Parameters of `thin-decision-group-profile`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    least_percent: Annotated[int, Field(ge=1, le=100)] = 60
    """At least this share of what is asked about the members must be filled."""

    least_known: Annotated[int, Field(ge=1, le=5)] = 3
    """With fewer of the five things known in the org nothing can be said."""


class MissingStakeholderMapParams(RuleParams):
    """Parameters of `missing-stakeholder-map`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 180
    """A map of which nothing has changed for more than so many days is old."""

    grace_days: Annotated[int, Field(ge=0, le=3650)] = 30
    """While the account is younger than so many days nothing is asked."""


class MissingSupporterParams(RuleParams):
    """Parameters of `missing-supporter`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    least_mapped: Annotated[int, Field(ge=1, le=1000)] = 3
    """With fewer contacts whose stance is known nothing can be said."""


@rule(
    code="KAM503",
    name="incomplete-decision-group",
    catalogue_id="C03",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.buying_roles"),
    uses=(*(role_name(role) for role in WANTED_ROLES), "contact.left", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=IncompleteDecisionGroupParams,
    examples=examples.incomplete_decision_group,
)
def incomplete_decision_group(
    snapshot: AccountSnapshot, context: RuleContext, params: IncompleteDecisionGroupParams
) -> RuleResult:
    """Flags each buying role in which we know nobody.

    What it does:
        Looks for a contact in each of the buying roles `roles`: decision_maker, economic_buyer, technical_buyer and
        champion. One person may play several. Somebody who left plays none. A buying role is read from the org's own
        buying roles and never from a job title. There is one problem per role; a role that the org cannot tell is left
        open. While the account is younger than `grace_days` (30) the rule does not apply.

    Why it matters:
        Who sells to part of the decision group is turned down by the rest; getting to know all of it comes first
        (catalogue C03).

    Example:
        The contacts of a customer hold a champion and a technical buyer: two problems, `decision_maker` and
        `economic_buyer`.

    Fix:
        Find out who plays the part, and set the buying role of that contact in the field that the task names.
    """
    if is_younger(snapshot, context.today, params.grace_days):
        return NOT_APPLICABLE
    found = coverage(contacts_there(snapshot), params.roles)
    known = [f"{role.label}: {names_of(people)}" for role, people in found.people.items() if people]
    result: list[Problem | Unknown] = []
    for role in found.people:
        if not snapshot.knows(role_name(role)):
            result.append(Unknown(key=role.value, name=role_name(role)))
        elif role in found.missing:
            result.append(
                Problem(
                    key=role.value,
                    title=f"Nobody is known at this customer as {role.label}",
                    evidence=tuple(Evidence(text=f"Known as {text}") for text in known[:MOST_EVIDENCE]),
                    why=f"We do not know {MEANINGS[role]}; who sells to part of the decision group is turned down by "
                    "the rest.",
                    action=f"Find out {MEANINGS[role]}, and mark that contact as {role.label} in "
                    f"{context.label('contact.buying_roles')}.",
                    done_when=f"A contact of this customer is marked as {role.label}.",
                )
            )
    return result


@rule(
    code="KAM504",
    name="thin-decision-group-profile",
    catalogue_id="C04",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.buying_roles"),
    uses=("contact.stance", "contact.influence", "contact.decision_criteria", *TOUCH_NAMES, "contact.left"),
    severity=Severity.LOW,
    params=ThinDecisionGroupProfileParams,
    examples=examples.thin_decision_group_profile,
)
def thin_decision_group_profile(
    snapshot: AccountSnapshot, context: RuleContext, params: ThinDecisionGroupProfileParams
) -> RuleResult:
    """Flags a decision group of whose members we record too little.

    What it does:
        Asks five things about each contact with a buying role: the role itself, which is filled; the stance towards
        us; the influence; what the person decides by; and whether anything ever happened with that person. Less than
        `least_percent` (60) filled over all members is a problem. What the org cannot tell is not asked; with fewer
        than `least_known` (3) of the five known nothing is said. Without a member the rule does not apply. Birthdays,
        families and other personal data are not asked for, nor scored.

    Why it matters:
        A name and a role do not tell what to offer whom; a proposal speaks to each member about what that member
        decides by (catalogue C04).

    Example:
        Two members are known by role only, and both were met: 4 of 10 things, 40 per cent, a problem.

    Fix:
        Fill what is missing of each member, in the fields that the task names.
    """
    parts = [part for part in ProfilePart if snapshot.knows(*PROFILE_NAMES[part])]
    touched = last_touches(snapshot, context.today) if ProfilePart.TOUCH in parts else {}
    filling = profile_filling(contacts_there(snapshot), parts, touched.keys())
    if not filling.profiles:
        return NOT_APPLICABLE
    if len(parts) + 1 < params.least_known:
        missing = next(names for part, names in PROFILE_NAMES.items() if part not in parts)
        return [Unknown(key="", name=first_unknown(snapshot, *missing) or missing[-1])]
    if filling.filled * 100 >= params.least_percent * filling.asked:
        return ()
    return [_thin(filling, parts, context)]


def _thin(filling: ProfileFilling, parts: list[ProfilePart], context: RuleContext) -> Problem:
    thinnest = sorted(
        (profile for profile in filling.profiles if profile.empty),
        key=lambda profile: (-len(profile.empty), profile.contact.id),
    )
    fields = [context.label(PROFILE_NAMES[part][0]) for part in parts if part is not ProfilePart.TOUCH]
    fill = f"Fill {joined(fields)} of each member" if fields else "Meet each member"
    meet = ", and meet those whom nobody has met yet" if fields and ProfilePart.TOUCH in parts else ""
    return Problem(
        title=f"What we record of the decision group is {filling.percent} % complete",
        evidence=tuple(
            of_contact(profile.contact, f"lacks: {joined([part.label for part in profile.empty])}")
            for profile in thinnest[:MOST_EVIDENCE]
        ),
        why="A name and a role do not tell what to offer whom: each member decides by something else.",
        action=f"{fill}{meet}.",
        done_when="Most of what is asked about the members of the decision group is filled.",
    )


@rule(
    code="KAM505",
    name="missing-stakeholder-map",
    catalogue_id="C05",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.stance"),
    uses=("contact.stance_on", "contact.left", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=MissingStakeholderMapParams,
    examples=examples.missing_stakeholder_map,
)
def missing_stakeholder_map(
    snapshot: AccountSnapshot, context: RuleContext, params: MissingStakeholderMapParams
) -> RuleResult:
    """Flags an account whose people nobody has sorted into supporters and blockers, or not for long.

    What it does:
        Looks at the stance of the contacts. When none has one, the problem is `missing`. Otherwise it is `old` when
        the latest date on which a stance was set is more than `days` (180) past; exactly so many days is not, and
        stances without any date are not old. When these dates cannot be known, `old` is left open. Contacts who left
        do not count. Without contacts, and while the account is younger than `grace_days` (30), the rule does not
        apply.

    Why it matters:
        Whoever does not know who is for us and who against prepares for the wrong meeting; the map is drawn at the
        start and kept up (catalogue C05).

    Example:
        The stance of two contacts was last set on 2025-01-02: from 2025-07-02 on that is a problem, `old`.

    Fix:
        Mark who supports us, who blocks and who is neutral, in the field that the task names.
    """
    contacts = contacts_there(snapshot)
    if not contacts or is_younger(snapshot, context.today, params.grace_days):
        return NOT_APPLICABLE
    mapped = [contact for contact in contacts if contact.stance is not None]
    why = "Whoever does not know who is for us and who against prepares for the wrong meeting."
    field = context.label("contact.stance")
    if not mapped:
        return [
            Problem(
                key="missing",
                title="Nobody at this customer is marked as supporter, neutral or blocker",
                evidence=(Evidence(text=f"Contacts without a stance: {names_of(contacts)}"),),
                why=why,
                action=f"Mark who supports us, who blocks and who is neutral in {field}.",
                done_when="At least one contact has a stance.",
            )
        ]
    if not snapshot.knows("contact.stance_on"):
        return [Unknown(key="old", name="contact.stance_on")]
    dated = [(contact.stance_on, contact) for contact in mapped if contact.stance_on is not None]
    if not dated or max(date for date, _ in dated) >= context.days_ago(params.days):
        return ()
    newest = sorted(dated, key=lambda pair: (pair[0], pair[1].id), reverse=True)
    return [
        Problem(
            key="old",
            title=f"The stances of the customer's people were last gone over on {newest[0][0]}",
            evidence=tuple(
                of_contact(contact, f"was marked as {contact.stance} on {date}")
                for date, contact in newest[:MOST_EVIDENCE]
            ),
            why=f"{why} People change sides, and posts.",
            action=f"Go over who supports us and who blocks, and set {field} anew.",
            done_when="The stance of a contact has been set anew.",
        )
    ]


@rule(
    code="KAM507",
    name="missing-supporter",
    catalogue_id="C07",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.stance"),
    uses=("contact.left",),
    severity=Severity.MEDIUM,
    params=MissingSupporterParams,
    examples=examples.missing_supporter,
)
def missing_supporter(snapshot: AccountSnapshot, context: RuleContext, params: MissingSupporterParams) -> RuleResult:
    """Flags an account where nobody of those whose stance we know supports us.

    What it does:
        Counts the contacts with a stance. When there are at least `least_mapped` (3) and none is a supporter, that is
        a problem; with fewer nothing is said. Contacts who left do not count, supporters or not.

    Why it matters:
        Without somebody inside who wants us we hear of decisions when they are taken (catalogue C07).

    Example:
        Two contacts of a customer are marked as neutral and one as a blocker: one problem.

    Fix:
        Choose whom to win over and how, plan it as a next step, and mark the stance when it has changed.
    """
    mapped = [contact for contact in contacts_there(snapshot) if contact.stance is not None]
    if len(mapped) < params.least_mapped or any(contact.stance is Stance.SUPPORTER for contact in mapped):
        return ()
    return [
        Problem(
            title="Nobody known at this customer supports us",
            evidence=tuple(of_contact(contact, f"is marked as {contact.stance}") for contact in mapped[:MOST_EVIDENCE]),
            why="Without somebody inside who wants us we hear of decisions when they are taken.",
            action="Choose whom to win over and how, plan it as a next step, and mark it in "
            f"{context.label('contact.stance')} when it has worked.",
            done_when="A contact of this customer is marked as supporter.",
        )
    ]
