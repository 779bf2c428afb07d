"""Collects what discovery finds out: what cannot be known, what should be set up, what things are called."""

from __future__ import annotations

from collections.abc import Sequence

from kam_sync.ports import SetupFinding

GRANT = "give the integration user's permission set read access to it, or correct the mapping"


class Notes:
    """What is unknown and why, set-up findings (one per subject, as the core wants them), and labels."""

    def __init__(self) -> None:
        self.unknown: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self._setup: dict[str, SetupFinding] = {}

    @property
    def setup(self) -> tuple[SetupFinding, ...]:
        """The set-up findings in the order in which their subjects came up."""
        return tuple(self._setup.values())

    def cannot_know(self, name: str, reason: str) -> None:
        """Note that a canonical name cannot be known; the first reason stays."""
        self.unknown.setdefault(name, reason)

    def should_set_up(self, subject: str, problem: str, fix: str, *, blocks_apply: bool = False) -> None:
        """Note something to set up; several notes on one subject become one finding."""
        former = self._setup.get(subject)
        if former is not None:
            problem = f"{former.problem}; {problem}"
            fix = former.fix if fix == former.fix else f"{former.fix}; {fix}"
            blocks_apply = blocks_apply or former.blocks_apply
        self._setup[subject] = SetupFinding(subject=subject, problem=problem, fix=fix, blocks_apply=blocks_apply)

    def unreadable(self, name: str, missing: Sequence[str]) -> None:
        """Note that a name cannot be known since objects or fields cannot be read, and how to mend that."""
        reason = f"{', '.join(missing)} does not exist or may not be read"
        self.cannot_know(name, reason)
        self.should_set_up(name, reason, GRANT)

    def label(self, name: str, where: str) -> None:
        """Note where a person changes something; several places are joined by "or"."""
        former = self.labels.get(name)
        self.labels[name] = f"{former} or {where}" if former else where
