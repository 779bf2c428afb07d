"""Calls as the client and its messages speak of them; what is sent is the client's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call as messages speak of it; `names` and `values` are the properties it sends.

    `empty` says that success comes without a body.
    """

    name: str
    statuses: frozenset[int] = frozenset({200})
    repeatable: bool = True
    names: Sequence[str] = ()
    values: Collection[str] = ()
    searches: bool = False
    empty: bool = False


def write_call(name: str, inputs: Sequence[Mapping[str, object]], *, repeatable: bool) -> Call:
    """Return the call that writes a batch, with the properties it sends."""
    names: set[str] = set()
    values: set[str] = set()
    for item in inputs:
        properties = item.get("properties")
        if isinstance(properties, Mapping):
            names.update(properties)
            values.update(str(value) for value in properties.values())
    # Creating is documented to answer 201; some calls of HubSpot came with 200, whose shape is checked alike.
    return Call(
        name=name, statuses=frozenset({200, 201, 207}), repeatable=repeatable, names=sorted(names), values=values
    )
