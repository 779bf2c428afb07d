"""Single people of the customer's: blockers without a plan, key people who are quiet, gone, or nobody's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from pydantic import ConfigDict, Field

from kam_sync.figures.shortest_path import QuietContact, quiet_contacts
from kam_sync.records import AccountSnapshot, BuyingRole, Contact, ContactLevel, RecordKind, Stance
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
from kam_sync_rules import _contacts_examples as examples
from kam_sync_rules._accounts import is_younger
from kam_sync_rules._activities import is_next_step, peoples_activities
from kam_sync_rules._contacts import (
    DECIDERS,
    EXECUTIVE_TITLES,
    KEY_ROLES,
    contacts_there,
    has_role,
    is_executive,
    last_touches,
    may_be_executive,
)
from kam_sync_rules._relations import (
    AGE_NAMES,
    MOST_EVIDENCE,
    TOUCH_NAMES,
    Words,
    contact_name,
    of_contact,
    touched_words,
)
from kam_sync_rules._text import joined, person, quoted

CLASSES: Final = ("deciders", "executives", "others")
"""The classes of contacts by how often they must hear from us, the strictest first; also the problem keys of KAM509."""

CLASS_WORDS: Final[Mapping[str, str]] = {
    "deciders": "People who decide, or speak for us,",
    "executives": "Executives",
    "others": "Contacts",
}


class UnmanagedBlockerParams(RuleParams):
    """Parameters of `unmanaged-blocker`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    days: Annotated[int, Field(ge=1, le=3650)] = 60
    """For more than so many days a blocker may not be left alone."""

    grace_days: Annotated[int, Field(ge=0, le=365)] = 7
    """For so many days after its due date an open task still counts as a next step, as in KAM203."""


class QuietContactParams(RuleParams):
    """Parameters of `quiet-contact`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    deciders_days: Annotated[int, Field(ge=1, le=3650)] = 30
    """For more than so many days a decision maker, economic buyer or champion may not be quiet."""

    executives_days: Annotated[int, Field(ge=1, le=3650)] = 90
    """The same for executives."""

    others_days: Annotated[int, Field(ge=1, le=3650)] | None = None
    """The same for everybody else; null: they are not judged."""

    executive_titles: Annotated[Words, Field(max_length=500)] = EXECUTIVE_TITLES
    """Words that make a title an executive's, where the org records no level."""


class DepartedKeyContactParams(RuleParams):
    """Parameters of `departed-key-contact`; there are none."""


class UnownedContactParams(RuleParams):
    """Parameters of `unowned-contact`; there are none."""


@rule(
    code="KAM506",
    name="unmanaged-blocker",
    catalogue_id="C06",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.stance", *TOUCH_NAMES),
    uses=("opportunities", "contact.left", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=UnmanagedBlockerParams,
    examples=examples.unmanaged_blocker,
)
def unmanaged_blocker(snapshot: AccountSnapshot, context: RuleContext, params: UnmanagedBlockerParams) -> RuleResult:
    """Flags each blocker whom nobody talks to and for whom nothing is planned.

    What it does:
        Looks at the contacts marked as blockers. One is a problem when nothing happened with this person in the last
        `days` (60), exactly so many days ago being still in time, and no next step names the person: an open task,
        meeting or call with an owner, dated today or later, a task up to `grace_days` (7) overdue. It is high while a
        deal is open. Blockers who left do not count. While the account is younger than `days` the rule does not apply.

    Why it matters:
        Objections that nobody hears out kill an idea behind the scenes (catalogue C06).

    Example:
        The head of maintenance is marked as a blocker, was last met on 2025-03-03, and no step is planned: a problem
        from 2025-05-03 on.

    Fix:
        Plan a meeting or call with the blocker, and add the person to it as a contact; or mark the stance anew if it
        has changed.
    """
    if is_younger(snapshot, context.today, params.days):
        return NOT_APPLICABLE
    limit = context.days_ago(params.days)
    touches = last_touches(snapshot, context.today)
    steps = [
        step for step in peoples_activities(snapshot) if is_next_step(step, snapshot, context.today, params.grace_days)
    ]
    provided = {contact_id for step in steps for contact_id in step.contact_ids}
    known = snapshot.opportunities if snapshot.knows("opportunities") else ()
    at_stake = sorted(
        (deal for deal in known if deal.is_open), key=lambda deal: (deal.close_on or dt.date.max, deal.id)
    )
    return [
        Problem(
            key=f"contact:{contact.id}",
            title=f"{contact_name(contact)} blocks us, and nothing is planned about it",
            evidence=(
                of_contact(contact, touched_words(contact, touches)),
                *(
                    Evidence(text=f"Open deal: {quoted(deal.name)}", record=(RecordKind.OPPORTUNITY, deal.id))
                    for deal in at_stake[: MOST_EVIDENCE - 1]
                ),
            ),
            why="Objections that nobody hears out kill an idea behind the scenes.",
            action=f"Plan a meeting or call with {contact_name(contact)} and add this person to it as a contact; or "
            f"change {context.label('contact.stance')} if it is no longer true.",
            done_when=f"A next step with {contact_name(contact)} is planned, or a meeting or call took place.",
            severity=Severity.HIGH if at_stake else None,
        )
        for contact in contacts_there(snapshot)
        if contact.stance is Stance.BLOCKER
        and touches.get(contact.id, dt.date.min) < limit
        and contact.id not in provided
    ]


@rule(
    code="KAM509",
    name="quiet-contact",
    catalogue_id="C09",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.buying_roles", *TOUCH_NAMES, "contact.created_on"),
    uses=("contact.level", "contact.title", "contact.left", *AGE_NAMES),
    severity=Severity.MEDIUM,
    params=QuietContactParams,
    examples=examples.quiet_contact,
)
def quiet_contact(snapshot: AccountSnapshot, context: RuleContext, params: QuietContactParams) -> RuleResult:
    """Flags important people of the customer's who have not heard from us for long.

    What it does:
        Counts the days since something last happened with a contact, or since the contact was created when nothing
        ever did. More than `deciders_days` (30) are a problem for who decides or speaks for us (decision maker,
        economic buyer, champion), more than `executives_days` (90) for executives, more than `others_days` (default:
        None, not judged) for everybody else; exactly so many days are not. Each contact is judged in the strictest
        class only, and each class is one problem: `deciders`, `executives`, `others`. An executive is who has that
        level or, without a level, one of the words `executive_titles` (such as chief, president, managing director) in
        the title. While titles cannot be known and somebody has no level, only deciders are surely judged, and
        executives by their level. Contacts who left are passed over. A class is not judged while the account is younger
        than its days.

    Why it matters:
        Who does not hear from us hears from others; silence is the first sign that a relation ends (catalogue C09).

    Example:
        The champion was last called on 2025-05-01: from 2025-06-01 on that is a problem, `deciders`.

    Fix:
        Contact each of them and record it, or correct the contact: the buying role, or that the person left.
    """
    limits = {"deciders": params.deciders_days, "executives": params.executives_days, "others": params.others_days}
    judged = {
        name: days
        for name, days in limits.items()
        if days is not None and not is_younger(snapshot, context.today, days)
    }
    if not judged:
        return NOT_APPLICABLE
    classes = _in_classes(snapshot, params.executive_titles)
    undecided = any(may_be_executive(contact, snapshot) for contact in classes["others"])
    touches = last_touches(snapshot, context.today)
    result: list[Problem | Unknown] = []
    for name, days in judged.items():
        quiet = quiet_contacts(classes[name], touches, context.days_ago(days))
        if undecided and (name == "others" or (name == "executives" and not quiet)):
            result.append(Unknown(key=name, name="contact.title"))
        elif quiet:
            result.append(_quiet(name, quiet, context))
    return result


def _in_classes(snapshot: AccountSnapshot, titles: Sequence[str]) -> Mapping[str, list[Contact]]:
    found: dict[str, list[Contact]] = {name: [] for name in CLASSES}
    for contact in contacts_there(snapshot):
        if has_role(contact, DECIDERS | {BuyingRole.CHAMPION}):
            found["deciders"].append(contact)
        elif is_executive(contact, snapshot, titles):
            found["executives"].append(contact)
        else:
            found["others"].append(contact)
    return found


def _quiet(name: str, quiet: Sequence[QuietContact], context: RuleContext) -> Problem:
    return Problem(
        key=name,
        title=f"{CLASS_WORDS[name]} have not heard from us for long: {len(quiet)} in all",
        evidence=tuple(
            of_contact(
                one.contact,
                f"was created as a contact on {one.since} and never in touch with us"
                if one.never
                else f"was last in touch with us on {one.since}",
            )
            for one in quiet[:MOST_EVIDENCE]
        ),
        why="Who does not hear from us hears from others; silence is the first sign that a relation ends.",
        action="Meet or call each of them and add them to it as contacts; or correct the contact, in "
        f"{context.label('contact.buying_roles')} or {context.label('contact.left')}.",
        done_when="A meeting, call or completed task with each of them is recorded lately.",
    )


@rule(
    code="KAM510",
    name="departed-key-contact",
    catalogue_id="C10",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.buying_roles"),
    uses=("contact.left", "contact.bounced", "contact.stance"),
    severity=Severity.CRITICAL,
    params=DepartedKeyContactParams,
    examples=examples.departed_key_contact,
)
def departed_key_contact(
    snapshot: AccountSnapshot, context: RuleContext, params: DepartedKeyContactParams
) -> RuleResult:
    """Flags each key person of the customer's who left, or whose mail comes back.

    What it does:
        Looks at the decision makers, economic buyers, champions and executive sponsors, and at the supporters where
        the stance is known. One who is marked as having left, or to whom mail bounces, is a problem. Where only one of
        the two is known, it is judged by that one; where neither is, nothing is said.

    Why it matters:
        With whoever decided for us or spoke for us goes the relation, and the successor brings own suppliers along
        (catalogue C10).

    Example:
        The champion is marked as having left the company: one critical problem, until somebody else is champion and
        the one who left no longer is.

    Fix:
        Find the successor and who else there knows us; then move the buying role to the successor, or correct the
        address when the person is still there.
    """
    if not (snapshot.knows("contact.left") or snapshot.knows("contact.bounced")):
        return [Unknown(key="*", name="contact.left")]
    result: list[Problem] = []
    for contact in sorted(snapshot.contacts, key=lambda contact: contact.id):
        supports = snapshot.knows("contact.stance") and contact.stance is Stance.SUPPORTER
        parts = [role.label for role in BuyingRole if role in KEY_ROLES and role in contact.buying_roles]
        parts += ["supporter"] if supports else []
        left = snapshot.knows("contact.left") and contact.left
        bounced = snapshot.knows("contact.bounced") and contact.bounced
        if parts and (left or bounced):
            result.append(_departed(contact, joined(parts), left=left, context=context, bounced=bounced))
    return result


def _departed(contact: Contact, parts: str, *, left: bool, bounced: bool, context: RuleContext) -> Problem:
    name = contact_name(contact)
    facts = [f"is {parts}"]
    facts += ["is marked as no longer at the company"] if left else []
    facts += ["no longer receives our mail: it comes back"] if bounced else []
    wrong = (
        f"If {name} is still there, correct {context.label('contact.left')}."
        if left
        else f"If {name} is still there, correct the address."
    )
    return Problem(
        key=f"contact:{contact.id}",
        title=f"{name}, {parts}, has left" if left else f"{name}, {parts}, may have left: mail comes back",
        evidence=tuple(of_contact(contact, fact) for fact in facts),
        why="With whoever decided for us or spoke for us goes the relation, and a successor brings other suppliers "
        "along.",
        action=f"Find the successor of {name} and who else there knows us; then give the successor this part in "
        f"{context.label('contact.buying_roles')} and take it from {name}. {wrong}",
        done_when=f"{name} no longer plays this part, or is reachable again.",
    )


@rule(
    code="KAM517",
    name="unowned-contact",
    catalogue_id="C17",
    topic=Topic.RELATIONS,
    needs=("contacts", "contact.owner_id", "contact.buying_roles"),
    uses=("contact.level", "contact.left"),
    severity=Severity.LOW,
    params=UnownedContactParams,
    examples=examples.unowned_contact,
)
def unowned_contact(snapshot: AccountSnapshot, context: RuleContext, params: UnownedContactParams) -> RuleResult:
    """Flags key people of the customer's of whom nobody of us takes care.

    What it does:
        Looks at the decision makers, economic buyers, champions and executive sponsors, and at the contacts whose
        level is executive where levels are known. Those without an owner, or whose owner is deactivated, are one
        problem together. An owner who is not among the users that were pulled proves nothing. Contacts who left do not
        count.

    Why it matters:
        A relation that belongs to everybody is kept up by nobody; each important one has its person with us
        (catalogue C17).

    Example:
        The decision maker still belongs to a colleague who was deactivated: one problem.

    Fix:
        Name who takes care of each of these contacts, in the field that the task names.
    """
    by_level = snapshot.knows("contact.level")
    unowned: list[tuple[Contact, str]] = []
    for contact in contacts_there(snapshot):
        owner = snapshot.users.get(contact.owner_id or "")
        executive = by_level and contact.level is ContactLevel.EXECUTIVE
        if not executive and not has_role(contact, KEY_ROLES):
            continue
        if not contact.owner_id:
            unowned.append((contact, "has no owner"))
        elif owner is not None and not owner.active:
            unowned.append((contact, f"belongs to {person(owner.name, owner.id)}, who is deactivated"))
    if not unowned:
        return ()
    return [
        Problem(
            title=f"Nobody of us takes care of key people of this customer's: {len(unowned)} in all",
            evidence=tuple(of_contact(contact, text) for contact, text in unowned[:MOST_EVIDENCE]),
            why="A relation that belongs to everybody is kept up by nobody.",
            action=f"Name who takes care of each of them in {context.label('contact.owner_id')}.",
            done_when="Every key contact of this customer has an active owner.",
        )
    ]
