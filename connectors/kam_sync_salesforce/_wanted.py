"""Which canonical names somebody reads, and so what is worth describing, asking for and noting."""

from __future__ import annotations

from typing import Final

from kam_sync.names import NAMES, RELATIONS, wanted_kinds
from kam_sync.ports import Runtime
from kam_sync.records import RecordKind

_ALWAYS_KINDS: Final = frozenset({RecordKind.USER, RecordKind.ACCOUNT, RecordKind.ROLE, RecordKind.ACTIVITY})
"""What the core reads whatever rules are selected."""
_ALWAYS_NAMES: Final = frozenset(
    {
        "account.owner_id",
        "account.parent_id",
        "account.tier",
        "account.revenue",
        "account.created_on",
        *(name.name for name in NAMES.values() if name.kind is RecordKind.ROLE),
    }
)
"""What the core itself goes by: who gets a task, in what order, and what is inherited."""


class Wanted:
    """What of an org is wanted; names that are no records' (`scope`, `tasks.key`) always are."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._kinds = None if runtime.wanted is None else wanted_kinds(runtime.wanted) | _ALWAYS_KINDS

    def kind(self, kind: RecordKind) -> bool:
        """Return whether records of a kind are wanted."""
        return self._kinds is None or kind in self._kinds

    def name(self, *names: str) -> bool:
        """Return whether one of these canonical names is wanted, the whole of it or a part."""
        return any(map(self._name, names))

    def _name(self, name: str) -> bool:
        known, wanted = NAMES.get(name), self._runtime.wanted
        if known is None or wanted is None or name in _ALWAYS_NAMES:
            return True
        if RELATIONS.get(known.kind) == name:
            return self.kind(known.kind)
        if known.part is not None and name.rpartition(".")[0] in wanted:
            return True
        return self._runtime.wants(name)
