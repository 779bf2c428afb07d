"""Collects what discovery finds out: what cannot be known, what should be set up, what things are called."""

from __future__ import annotations

from collections.abc import Sequence

from kam_sync.names import NAMES
from kam_sync.ports import SetupFinding
from kam_sync_salesforce._wanted import Wanted

GRANT = "give the integration user's permission set read access to it, or correct the mapping"


class Notes:
    """What is unknown and why, set-up findings (one per subject, as the core wants them), and labels.

    Whatever is noted of a canonical name that nobody wants is left out.
    """

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.unknown: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self._setup: dict[str, SetupFinding] = {}

    @property
    def setup(self) -> tuple[SetupFinding, ...]:
        """The set-up findings in the order in which their subjects came up."""
        return tuple(self._setup.values())

    def cannot_know(self, name: str, reason: str) -> None:
        """Note that a canonical name cannot be known, and with it its parts; the first reason stays."""
        whole = NAMES.get(name)
        parts = (part for part in NAMES if part.startswith(f"{name}.")) if whole and whole.choices else ()
        for each in (name, *parts):
            if self.wanted.name(each):
                self.unknown.setdefault(each, reason)

    def should_set_up(self, subject: str, problem: str, fix: str, *, blocks_apply: bool = False) -> None:
        """Note something to set up; several notes on one subject become one finding."""
        if not self.wanted.name(subject):
            return
        former = self._setup.get(subject)
        if former is not None:
            problem = former.problem if problem in former.problem else f"{former.problem}; {problem}"
            fix = former.fix if fix in former.fix else f"{former.fix}; {fix}"
            blocks_apply = blocks_apply or former.blocks_apply
        self._setup[subject] = SetupFinding(subject=subject, problem=problem, fix=fix, blocks_apply=blocks_apply)

    def unmapped(self, name: str, setting: str) -> None:
        """Note that no setting says where something is kept."""
        self.cannot_know(name, f"not mapped: set {setting}")

    def wrong(self, name: str, reason: str, fix: str) -> None:
        """Note that a name cannot be known since it is mapped to something else."""
        self.cannot_know(name, reason)
        self.should_set_up(name, reason, fix)

    def unreadable(self, name: str, missing: Sequence[str], fix: str = GRANT) -> None:
        """Note that a name cannot be known since objects or fields cannot be read, and how to mend that."""
        self.wrong(name, absent(missing), fix)

    def label(self, name: str, where: str) -> None:
        """Note where a person changes something; several places are joined by "or"."""
        if not self.wanted.name(name):
            return
        former = self.labels.get(name)
        if former is None or where not in former.split(" or "):
            self.labels[name] = f"{former} or {where}" if former else where


def absent(missing: Sequence[str]) -> str:
    """Return the reason for what is missing, without deciding whether it exists and is hidden or does not exist."""
    return f"{', '.join(missing)} does not exist or may not be read"
