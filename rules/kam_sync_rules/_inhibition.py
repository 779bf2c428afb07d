"""Which findings make which others needless to mention, so that one fact gives one finding: all of it is here.

A rule takes what its problem covers from `covering`, which refuses a pair that the table does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Inhibited:
    """A narrower rule that a broader finding silences.

    `keys` says in words which of its problems; `because` is the one fact that both speak of.
    """

    code: str
    keys: str
    because: str


INHIBITS: Final[Mapping[str, tuple[Inhibited, ...]]] = {
    "KAM101": (Inhibited(code="KAM107", keys="all", because="nobody is technical expert at all"),),
    "KAM102": (
        Inhibited(code="KAM101", keys="the same role", because="the role is empty since its holder left"),
        Inhibited(code="KAM107", keys="all", because="the technical expert left and nobody followed"),
    ),
    "KAM107": (
        Inhibited(code="KAM103", keys="its holders", because="the technical expert does not play the role"),
        Inhibited(code="KAM106", keys="technical expert", because="no technical expert is active"),
    ),
    "KAM201": (Inhibited(code="KAM106", keys="project manager", because="there is no plan"),),
    "KAM202": (
        Inhibited(code="KAM106", keys="project manager", because="the plan is incomplete"),
        Inhibited(code="KAM211", keys="empty parts", because="the current state is missing from the plan"),
    ),
    "KAM203": (
        Inhibited(code="KAM106", keys="project manager", because="there is no next step"),
        Inhibited(code="KAM203", keys="its deals", because="the account as a whole has no next step"),
        Inhibited(code="KAM213", keys="all", because="nothing at all is planned"),
        Inhibited(code="KAM706", keys="the same deal", because="nothing is planned for the deal"),
    ),
    "KAM204": (Inhibited(code="KAM203", keys="all", because="the steps there are hang"),),
    "KAM205": (Inhibited(code="KAM106", keys="project manager", because="the review of the plan is overdue"),),
    "KAM207": (Inhibited(code="KAM106", keys="collaborator", because="the account team has not met"),),
    "KAM208": (Inhibited(code="KAM205", keys="all", because="the plan has ended; a new one comes first"),),
    "KAM310": (Inhibited(code="KAM106", keys="results driver", because="there is no growth target"),),
    "KAM311": (
        Inhibited(code="KAM105", keys="all", because="growth is behind its pace"),
        Inhibited(code="KAM106", keys="results driver", because="growth is behind its pace"),
    ),
    "KAM314": (Inhibited(code="KAM313", keys="all", because="key accounts carry too much of all sales"),),
    "KAM501": (
        Inhibited(code="KAM106", keys="collaborator", because="only one of us is active"),
        Inhibited(code="KAM502", keys="all, when nobody is active", because="nobody of us is active"),
        Inhibited(code="KAM508", keys="untouched, when nobody is active", because="nobody of us is active"),
        Inhibited(code="KAM509", keys="all, when nobody is active", because="nobody of us is active"),
        Inhibited(code="KAM516", keys="all, when nobody is active", because="nobody of us is active"),
    ),
    "KAM502": (Inhibited(code="KAM106", keys="relationship lead", because="too few contacts are active"),),
    "KAM508": (
        Inhibited(code="KAM106", keys="innovator", because="no executive is in touch with us"),
        Inhibited(code="KAM509", keys="executives", because="no executive is in touch with us"),
    ),
    "KAM511": (Inhibited(code="KAM106", keys="relationship lead", because="nobody new was met"),),
    "KAM602": (Inhibited(code="KAM603", keys="all", because="the grade is low; its task asks for the call"),),
    "KAM702": (Inhibited(code="KAM503", keys="the roles it lists", because="nobody is known in that buying role"),),
    "KAM705": (Inhibited(code="KAM706", keys="the same deal", because="nobody has talked about the proposal"),),
}
"""Code of the broader finding → the narrower ones it silences."""


def covering(code: str, *pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the (code, key) pairs that a problem of a rule covers.

    Raises:
        ValueError: The table does not say that the rule covers one of these.
    """
    silenced = {inhibited.code for inhibited in INHIBITS[code]}
    for narrower, _ in pairs:
        if narrower not in silenced:
            raise ValueError(f"{code} does not cover {narrower}: say so in INHIBITS first")
    return pairs
