"""The one retry policy: retries only errors that say they are retryable, and waits as long as the CRM asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from kam_sync.errors import KamSyncError, RateLimitedError

ATTEMPTS: Final = 5
"""How often a call is made at most."""
LONGEST_WAIT: Final = 60.0
"""Seconds between two attempts at most; a CRM that asks for longer is left for the next run."""

ResultT = TypeVar("ResultT")


def _is_retryable(error: BaseException) -> bool:
    if isinstance(error, RateLimitedError) and (error.retry_after or 0) > LONGEST_WAIT:
        return False
    return isinstance(error, KamSyncError) and error.retryable


_backoff = wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT)


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimitedError) and error.retry_after is not None:
        return error.retry_after
    return _backoff(state)


def call_with_retries(
    call: Callable[[], ResultT], *, sleep: Callable[[float], None], attempts: int = ATTEMPTS
) -> ResultT:
    """Make a call and repeat it while it raises a retryable error; the last error is raised as it is.

    Args:
        call: Must be safe to repeat; a create is wrapped with `attempts=1` or not at all.
        sleep: Waits so many seconds.
        attempts: How often to call at most.
    """
    return Retrying(
        sleep=sleep,
        stop=stop_after_attempt(attempts),
        wait=_wait,
        retry=retry_if_exception(_is_retryable),
        reraise=True,
    )(call)
