"""The tables of docs/explanation/life-of-a-task.md, written from the code that decides.

A test compares them with the file; `python tests/support_tables.py` brings the file up to date.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from kam_sync import lifecycle
from kam_sync.lifecycle import FIELD_TABLE, TASK_TABLE, LinkState, Seen, Step, Verdict

FILE = Path(__file__).resolve().parents[1] / "docs" / "explanation" / "life-of-a-task.md"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return _row(columns) + f"|{'---|' * len(columns)}\n" + "".join(map(_row, rows))


def task_table() -> str:
    """Return the task table: situations in which something happens, and in words those in which nothing does."""
    rows = []
    quiet = []
    for state in LinkState:
        for verdict in Verdict:
            cells = [_steps(state, verdict, seen) for seen in Seen]
            if set(cells) == {"-"}:
                quiet.append(f"{state.value} and {verdict.value}")
            else:
                rows.append([state.value, verdict.value, *cells])
    table = _table(["held", "the rules say", *(seen.value for seen in Seen)], rows)
    return f"{table}\nNothing ever happens when it is: {'; '.join(quiet)}.\n"


def _steps(state: LinkState, verdict: Verdict, seen: Seen) -> str:
    waiting, over = (TASK_TABLE[state, verdict, seen, is_over] for is_over in (False, True))
    before, after = (step.value if step is not Step.WAIT else "-" for step in (waiting, over))
    if state is LinkState.NONE or before == after:
        return before
    return f"{before}, then {after}"


def steps() -> str:
    """Return what each step does: the words that stand below it in the code."""
    return "".join(f"- **{step.value}**: {words}\n" for step, words in _meanings())


def _meanings() -> Iterator[tuple[Step, str]]:
    source = inspect.getsource(Step)
    for step in Step:
        found = re.search(rf'^    {step.name} = "[^"]+"\n    """(.*?)"""', source, re.MULTILINE | re.DOTALL)
        if found is not None:
            text = " ".join(found.group(1).split())
            yield step, text[0].lower() + text[1:]
        else:
            assert step is Step.WAIT, f"{lifecycle.__name__}.Step.{step.name} has no docstring"


def field_table() -> str:
    """Return the field table."""
    words = {True: "yes", False: "no"}
    rows = [[words[ours], words[changed], words[write]] for (ours, changed), write in FIELD_TABLE.items()]
    return _table(
        ["the CRM holds what kam-sync last wrote", "kam-sync wants something else now", "it is written"], rows
    )


TABLES: Mapping[str, Callable[[], str]] = {"task table": task_table, "steps": steps, "field table": field_table}


def written(markdown: str) -> str:
    """Return the file's text with its tables as they should be."""
    for name, render in TABLES.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, _, rest = markdown.partition(begin)
        after = rest.partition(end)[2]
        markdown = f"{before}{begin}{render()}{end}{after}"
    return markdown


if __name__ == "__main__":
    FILE.write_text(written(FILE.read_text(encoding="utf-8")), encoding="utf-8")
