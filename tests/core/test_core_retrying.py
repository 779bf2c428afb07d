"""The one retry policy: what passes is tried again, what does not is raised at once, and waits are the CRM's."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kam_sync.errors import (
    AuthError,
    ConnectorError,
    KamSyncError,
    MalformedAnswerError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitedError,
    TransientError,
)
from kam_sync.retrying import ATTEMPTS, LONGEST_WAIT, call_with_retries


class Call:
    """Raises the errors given, one per call, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.made = 0

    def __call__(self) -> str:
        self.made += 1
        if self._errors:
            raise self._errors.pop(0)
        return "answer"


def attempt(call: Callable[[], str], attempts: int = ATTEMPTS) -> tuple[str, list[float]]:
    waits: list[float] = []
    return call_with_retries(call, sleep=waits.append, attempts=attempts), waits


def test_a_fault_that_passes_is_tried_again() -> None:
    call = Call(TransientError("lost"), TransientError("lost"))
    assert attempt(call)[0] == "answer"
    assert call.made == 3


def test_the_last_error_is_raised_as_it_is() -> None:
    last = TransientError("the fifth")
    call = Call(*[TransientError("lost") for _ in range(ATTEMPTS - 1)], last, TransientError("never seen"))
    with pytest.raises(TransientError) as caught:
        attempt(call)
    assert caught.value is last
    assert call.made == ATTEMPTS


def test_the_number_of_attempts_can_be_one() -> None:
    call = Call(TransientError("lost"))
    with pytest.raises(TransientError):
        attempt(call, attempts=1)
    assert call.made == 1


@pytest.mark.parametrize(
    "error",
    [
        AuthError("no"),
        PermissionDeniedError("no"),
        QuotaExhaustedError("no"),
        MalformedAnswerError("no"),
        ConnectorError("no"),
        KamSyncError("no"),
        ValueError("a bug"),
        ConnectionError("not translated"),
    ],
)
def test_what_does_not_pass_is_raised_at_once(error: Exception) -> None:
    call = Call(error)
    with pytest.raises(type(error)) as caught:
        attempt(call)
    assert caught.value is error
    assert call.made == 1


def test_the_crms_wait_is_honoured() -> None:
    call = Call(RateLimitedError("slow down", retry_after=7.5), RateLimitedError("slow down", retry_after=0))
    assert attempt(call) == ("answer", [7.5, 0])


def test_the_longest_wait_is_still_waited() -> None:
    assert attempt(Call(RateLimitedError("slow down", retry_after=LONGEST_WAIT)))[1] == [LONGEST_WAIT]


def test_a_longer_wait_is_left_to_the_next_run() -> None:
    call = Call(RateLimitedError("slow down", retry_after=LONGEST_WAIT + 1))
    with pytest.raises(RateLimitedError):
        attempt(call)
    assert call.made == 1


@pytest.mark.parametrize("error", [TransientError("lost"), RateLimitedError("slow down")])
def test_without_word_from_the_crm_waits_stay_within_bounds(error: Exception) -> None:
    waits = attempt(Call(error, error, error, error))[1]
    assert len(waits) == 4
    assert all(0 <= wait <= LONGEST_WAIT for wait in waits)
