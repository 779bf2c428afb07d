"""The breaker: reasons not to write, because what is planned looks more like lost data than like the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kam_sync.config.models import SafetyPolicy
from kam_sync.lifecycle import CLOSING, Step
from kam_sync.plans import OrgPlan, Refusal
from kam_sync.ports import SetupFinding
from kam_sync.pulling import ESSENTIAL
from kam_sync.records import RecordKind
from kam_sync.store.mirror import PullState

FEWEST_LOST_ROWS: Final = 5
"""So few rows may go missing from any object without alarm, whatever share of it they are."""
ACCEPTABLE: Final = frozenset({"creates", "closings", "rows", "foreign-keys", "null-jump", "filled"})
"""What a person may accept by name; anything else must be mended."""


def refusals(
    plan: OrgPlan,
    *,
    safety: SafetyPolicy,
    live: int,
    states: Mapping[RecordKind, PullState],
    foreign_keys: Sequence[str],
    setup: Sequence[SetupFinding],
    fallback: str | None,
) -> Iterator[Refusal]:
    """Yield every reason not to apply a plan.

    Args:
        plan: The plan.
        safety: The limits.
        live: Live tasks before the plan.
        states: How the last pull of every kind went.
        foreign_keys: Task keys in the CRM that our books do not know.
        setup: What should be set up in the org.
        fallback: The id of the fallback assignee, None when there is none.
    """
    if fallback is None:
        yield Refusal(
            name="fallback-assignee",
            reason="nobody is named who gets what no one else can get; set tasks.fallback_assignee to the e-mail "
            "address or id of an active user",
        )
    for finding in setup:
        if finding.blocks_apply:
            yield Refusal(name=finding.subject, reason=f"{finding.problem}; {finding.fix}")
    if plan.creations > safety.max_creates:
        yield Refusal(
            name="creates",
            reason=f"{plan.creations} tasks would be made, more than safety.max_creates = {safety.max_creates}",
        )
    closings = sum(operation.step in CLOSING or operation.step is Step.LEAVE for operation in plan.operations)
    most = max(safety.max_close_count, safety.max_close_share * live)
    if closings > most:
        yield Refusal(
            name="closings",
            reason=f"{closings} of {live} live tasks would be closed or withdrawn, more than {most:g}",
        )
    for kind, state in states.items():
        if not state.complete or state.good_rows is None:
            continue
        lost = state.good_rows - state.rows
        emptied = kind in ESSENTIAL and lost > 0 and state.rows == 0
        if emptied or lost > max(FEWEST_LOST_ROWS, safety.max_row_drop * state.good_rows):
            yield Refusal(
                name="rows",
                reason=f"there are {state.rows} {kind.value} records where the last good run saw {state.good_rows}",
            )
    if foreign_keys:
        yield Refusal(
            name="foreign-keys",
            reason=f"the CRM holds {len(foreign_keys)} task(s) of kam-sync that this store does not know "
            f"(such as {foreign_keys[0]}): another installation writes here, or the store was lost; "
            "`kam-sync state recover` takes them over",
        )
