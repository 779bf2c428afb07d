"""How an account stands: its open findings counted by area. Counts only, so that everybody can retrace them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kam_sync.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaHealth:
    """The open findings of one area: how many of each severity that occurs, the worst first."""

    topic: str
    counts: Mapping[Severity, int]

    @property
    def open(self) -> int:
        """How many findings are open."""
        return sum(self.counts.values())

    @property
    def worst(self) -> Severity | None:
        """The worst severity; None when nothing is open."""
        return max(self.counts, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth:
    """The open findings of an account, area by area."""

    areas: tuple[AreaHealth, ...]

    @property
    def open(self) -> int:
        """How many findings are open in all."""
        return sum(area.open for area in self.areas)

    @property
    def worst(self) -> Severity | None:
        """The worst severity of all; None when nothing is open."""
        return max((area.worst for area in self.areas if area.worst is not None), default=None)


def account_health(findings: Iterable[tuple[str, Severity]], topics: Sequence[str] = ()) -> AccountHealth:
    """Return the counts of open findings, each given as its topic and severity.

    `topics` are areas to show in this order even where nothing is open; others follow by name.
    """
    counted: dict[str, Counter[Severity]] = {topic: Counter() for topic in topics}
    for topic, severity in findings:
        counted.setdefault(topic, Counter())[severity] += 1
    named = [*dict.fromkeys(topics), *sorted(set(counted) - set(topics))]
    return AccountHealth(
        areas=tuple(
            AreaHealth(topic=topic, counts=dict(sorted(counted[topic].items(), reverse=True))) for topic in named
        )
    )
