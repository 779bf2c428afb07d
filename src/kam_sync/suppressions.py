"""Whether the suppressions of a policy still silence anything: those that do not are clutter, or a spelling mistake."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from kam_sync.engine import AccountOutcome, Suppression
from kam_sync.ports import SetupFinding

UNUSED: Final = "KAM901"
"""A suppression that silences nothing."""
ENDED: Final = "KAM902"
"""A suppression whose last day has passed."""


class SuppressionUse:
    """Watches outcomes pass by and remembers which suppressions any of them needs.

    A suppression whose rule could not be judged may be needed still.
    """

    def __init__(self, suppressions: Sequence[Suppression]) -> None:
        self._all = tuple(suppressions)
        self._idle = set(range(len(self._all)))

    def see(self, outcome: AccountOutcome, today: dt.date) -> None:
        """Look at what the rules say of one account."""
        for number in sorted(self._idle):
            if _needs(outcome, self._all[number], today):
                self._idle.discard(number)

    def findings(self, today: dt.date) -> Iterator[SetupFinding]:
        """Yield a set-up finding for each suppression that has ended or silences nothing."""
        for number, suppression in enumerate(self._all):
            if suppression.until is not None and suppression.until < today:
                yield SetupFinding(
                    subject=suppression.place,
                    code=ENDED,
                    problem=f"the suppression of {suppression.code} ended on {suppression.until}",
                    fix="take it out of the policy file, or decide anew until when it holds",
                )
            elif number in self._idle and suppression.here_only:
                yield SetupFinding(
                    subject=suppression.place,
                    code=UNUSED,
                    problem=f"the suppression of {suppression.code} silences nothing",
                    fix="take it out of the policy file, or correct its code, account or key",
                )


def _needs(outcome: AccountOutcome, suppression: Suppression, today: dt.date) -> bool:
    for rule in outcome.outcomes:
        if not rule.code.startswith(suppression.code):
            continue
        if any(suppression.silences(finding, today) for finding in rule.findings):
            return True
        if rule.unknown and suppression.account_id in {None, outcome.account_id}:
            return True
    return False
