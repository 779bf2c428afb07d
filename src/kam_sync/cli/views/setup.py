"""What setting up would make or remove in an org, what it did, and what is left for a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from kam_sync.cli.blocks import Block, Heading, Line, Tone, counted, table
from kam_sync.cli.views.results import usage
from kam_sync.setting_up import OrgSetup
from kam_sync.setup_ports import ItemState, SetupItem

_TONES: Mapping[ItemState, Tone] = {
    ItemState.MISSING: Tone.WARNING,
    ItemState.PRESENT: Tone.FAINT,
    ItemState.OURS: Tone.GOOD,
    ItemState.DIFFERS: Tone.BAD,
    ItemState.BY_HAND: Tone.BAD,
}


def setup_blocks(result: OrgSetup, *, remove: bool) -> Iterator[Block]:
    """Show what was found in one org and what was planned or done."""
    yield Heading(f"{result.org}: {_counts(result, remove=remove)}")
    done = {item.id for item in result.done}
    chosen = {item.id for item in result.chosen}
    rows = [
        (_state(item, chosen, done, remove=remove), item.title, _words(item, remove=remove)) for item in result.items
    ]
    yield table("state", "what", "remark", rows=rows)
    if result.usage is not None:
        yield Line(usage(result.usage), Tone.FAINT)


def _counts(result: OrgSetup, *, remove: bool) -> str:
    if result.done:
        return f"{counted(len(result.done), 'item')} {'removed' if remove else 'made'}"
    if result.chosen:
        return f"{counted(len(result.chosen), 'item')} to {'remove' if remove else 'make'}"
    if result.error is not None and not result.items:
        return "it could not be looked at"
    return "nothing of setup's is there" if remove else "nothing is missing that setup could make"


def _state(item: SetupItem, chosen: set[str], done: set[str], *, remove: bool) -> Line:
    if item.id in done:
        return Line("removed" if remove else "made", Tone.GOOD)
    if item.id in chosen:
        return Line("- remove" if remove else "+ make", Tone.BAD if remove else Tone.WARNING)
    return Line(item.state.value, _TONES[item.state])


def _words(item: SetupItem, *, remove: bool) -> str:
    if remove and item.state is ItemState.OURS:
        filled = "" if item.filled == 0 else _filled(item.filled)
        return "; ".join(words for words in (filled, item.removal) if words)
    return item.remedy


def _filled(count: int | None) -> str:
    return (
        "it may hold values"
        if count is None
        else f"{counted(count, 'record')} {'holds' if count == 1 else 'hold'} a value"
    )


def ending(results: Sequence[OrgSetup], again: Callable[[str], str], *, remove: bool, applied: bool) -> Iterator[Block]:
    """Say what comes next; nothing after an error, which says it itself."""
    yield Line()
    planned = any(result.chosen for result in results)
    if not applied:
        yield Line("Nothing was changed.", Tone.STRONG)
    if any(result.exit_code for result in results):
        return
    if planned and not applied:
        yield Line(f"Next: {again('setup --remove --apply' if remove else 'setup --apply')}")
    elif remove:
        yield Line("Next: take what was removed out of the policy, or make it again with `kam-sync setup --apply`")
    elif any(result.to_do_by_hand for result in results):
        yield Line(f"Next: do by hand what the table says, then {again('doctor')}")
    else:
        yield Line(f"Next: {again('doctor')}")


def files_blocks(written: Mapping[str, Sequence[Path]]) -> Iterator[Block]:
    """Show which files were written."""
    for org, paths in written.items():
        if paths:
            yield Line(f"{org}: wrote {counted(len(paths), 'file')}", Tone.GOOD)
            yield from (Line(f"  {path}") for path in paths)
        else:
            yield Line(f"{org}: no file: nothing is missing that files could make, see `kam-sync setup`", Tone.WARNING)
