"""How complete an account plan is: the share of its known parts that are filled, and which are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kam_sync.records import PlanPart


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCompleteness:
    """Of how many known parts how many are filled; `missing` are the others, in the order of the parts."""

    known: int
    filled: int
    missing: tuple[PlanPart, ...]

    @property
    def percent(self) -> int | None:
        """The filled share in whole per cent, rounded down; None when no part is known."""
        return self.filled * 100 // self.known if self.known else None


def plan_completeness(parts: Mapping[PlanPart, bool]) -> PlanCompleteness:
    """Return how complete a plan is.

    Args:
        parts: The parts that are mapped and known, and whether each is filled (AccountPlan.parts).
    """
    missing = tuple(part for part in PlanPart if part in parts and not parts[part])
    return PlanCompleteness(known=len(parts), filled=len(parts) - len(missing), missing=missing)
