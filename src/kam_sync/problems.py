"""What went wrong in a run, in words for whoever looks after it."""

from __future__ import annotations

from collections.abc import Iterator

from kam_sync.job import OrgResult


def problems(result: OrgResult) -> Iterator[str]:
    """Yield what went wrong in one org."""
    if result.pull is not None:
        for kind, problem in result.pull.problems.items():
            yield f"{kind.value.replace('_', ' ')} records are unknown: {problem}"
        if result.pull.rejected:
            records = "record" if result.pull.rejected == 1 else "records"
            yield f"{result.pull.rejected} {records} did not validate, so what hangs on them is unknown"
    if result.check is not None:
        yield from result.check.errors
    if result.apply is not None:
        yield from (f"{account}: {what}" for account, what in result.apply.problems)
    if result.error is not None:
        yield str(result.error)
