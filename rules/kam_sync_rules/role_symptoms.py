"""The rule on roles that are held and still not played, by what shows at the account."""

from __future__ import annotations

from collections.abc import Sequence

from kam_sync.records import AccountSnapshot, RecordKind, Role
from kam_sync.rules_api import Evidence, Problem, RuleContext, RuleResult, Topic, Unknown, rule
from kam_sync.severity import Severity
from kam_sync_rules import _role_symptoms_examples as examples
from kam_sync_rules._holders import ROLE_NAMES, Holder, Standing, holders_of
from kam_sync_rules._symptoms import SIGN_NAMES, SIGNS, SymptomDespiteRoleParams
from kam_sync_rules._text import joined


@rule(
    code="KAM106",
    name="symptom-despite-role",
    catalogue_id="R06",
    topic=Topic.ROLES,
    needs=("roles",),
    uses=(*ROLE_NAMES, *SIGN_NAMES),
    severity=Severity.MEDIUM,
    params=SymptomDespiteRoleParams,
    examples=examples.symptom_despite_role,
)
def symptom_despite_role(
    snapshot: AccountSnapshot, context: RuleContext, params: SymptomDespiteRoleParams
) -> RuleResult:
    """Flags each role that an active user holds while the account looks as if nobody played it.

    What it does:
        Looks for signs of each role; `symptoms` (2) of them at once are a problem of that role.
        Results driver: growth lies more than `points` (5) percentage points below the target, judged from month
        `first_month` (4) of the fiscal year on; no growth target for this fiscal year; no open deal for new business or
        expansion. Relationship lead: fewer than `contacts` (3) contacts met or talked with us within `active_days`
        (90); no contact created within `new_contact_days` (180); a deal lost within `lost_days` (365) that names a
        rival. Innovator: no executive in touch with us within `executive_days` (120), or none known after `grace_days`
        (30), a contact without a level being one by `executive_titles`; no deal made within `product_months` (12)
        about a product not won before. Collaborator: fewer than `people` (2) of our people active within
        `active_days`; no meeting of the account team within them. Technical expert: a deal in a technical stage and no
        technical expert active within `expert_days` (30); a technical buyer not touched within `active_days`. Project
        manager: no active plan; a plan less than `least_percent` (50) complete; no next step, an open task counting for
        `step_grace_days` (7) after its due date; a review overdue, due `review_days` (180) after the last, or
        `top_tier_review_days` (90) on a top-tier account, where no date is set. What lies exactly at a limit is still
        within. A sign about a window does not show on a key account younger than the window. Signs that cannot be known
        leave the role open when they could make up the number; so does a role whose holder is not certain.

    Why it matters:
        A role is covered when it is played, not when a name stands in its field (catalogue R06; the signs are
        RAIN Group's symptoms of a missing role).

    Example:
        A customer has an innovator, yet no executive of its was met since 2024-11-05 and every deal since is about
        what it bought before: one problem, `innovator`.

    Fix:
        Let the holder mend what the evidence names, or hand the role on in the field that the task names.
    """
    result: list[Problem | Unknown] = []
    for role in Role:
        holders = holders_of(snapshot, role)
        active = [holder for holder in holders if holder.standing is Standing.ACTIVE]
        name = f"roles.{role}"
        may_be_held = not snapshot.knows(name) or any(holder.standing is Standing.UNKNOWN for holder in holders)
        if not active and not may_be_held:
            continue
        signs = [read(snapshot, context, params) for read in SIGNS[role]]
        shown = [sign for sign in signs if isinstance(sign, Evidence)]
        unknown = [sign for sign in signs if isinstance(sign, str)]
        if len(shown) + len(unknown) < params.symptoms:
            continue
        if not active:
            result.append(Unknown(key=role.value, name=name))
        elif len(shown) < params.symptoms:
            result.append(Unknown(key=role.value, name=unknown[0]))
        else:
            result.append(_unplayed(role, active, shown, context))
    return result


def _unplayed(role: Role, holders: Sequence[Holder], signs: Sequence[Evidence], context: RuleContext) -> Problem:
    names = joined([holder.name for holder in holders])
    named = Evidence(text=f"Named as {role.label}: {names}", record=(RecordKind.USER, holders[0].user_id))
    return Problem(
        key=role.value,
        title=f"There is a {role.label}, yet the account looks as if nobody played the role",
        evidence=(*signs, named),
        why="A role is covered when it is played, not when a name stands in its field.",
        action=f"As {role.label}, mend what the evidence names, or hand the role on in "
        f"{context.label(f'roles.{role}')}.",
        done_when="These signs do not show together any more.",
    )
