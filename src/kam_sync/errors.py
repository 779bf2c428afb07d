"""The errors of kam-sync, classed by what the caller does next.

    KamSyncError                    exit 1: something failed; the message says what, where and what to do
    ├── ConfigError                 exit 2: the reader of the message changes the policy file or the command
    ├── PluginError                 exit 2: an installed plugin cannot be loaded
    ├── ConnectorError              exit 1: the CRM did something the connector cannot go on from
    │   ├── AuthError               exit 7: the credentials are wrong or have expired
    │   ├── PermissionDeniedError   exit 7: the credentials are right but may not do this
    │   ├── RateLimitedError        exit 1: slow down; carries retry_after (seconds)
    │   ├── QuotaExhaustedError     exit 1: the day's calls are used up or our share of them is; stop
    │   ├── TransientError          exit 1: the same call may work later
    │   └── MalformedAnswerError    exit 1: the CRM answered with something that is not what it documents
    ├── DeliveryError               exit 1: a mail server or a webhook will not take a digest; a person must see to it
    ├── StoreError                  exit 1: the state database failed; what was done is in the outbox
    ├── RefusedError                exit 6: the breaker, a stale plan or an expired plan
    ├── StoppedError                exit 4: the run was asked to stop and did so between two steps
    ├── CrashError                  exit 1: a bug of kam-sync or of a plugin ended the work in one org
    └── LeaseHeldError              exit 5: another run of kam-sync is at work on this org

No message or attribute of these carries a token, an e-mail address or a record's body.
"""

from __future__ import annotations

from typing import ClassVar


class KamSyncError(Exception):
    """Base of all errors that kam-sync raises on purpose; `str()` of it is meant for the user."""

    retryable: ClassVar[bool] = False
    """Whether the same call may succeed if it is made again."""
    exit_code: ClassVar[int] = 1
    """What the command line exits with when this error ends a command (design: exit codes are frozen)."""


class ConfigError(KamSyncError):
    """The policy file, an option or a mapping is wrong and a person must change it."""

    exit_code = 2


class PluginError(KamSyncError):
    """An entry point of a connector, a rule pack or a local CRM cannot be loaded or clashes with another."""

    exit_code = 2


class ConnectorError(KamSyncError):
    """The CRM or the way to it failed in a manner the connector cannot go on from."""


class AuthError(ConnectorError):
    """The CRM refused the credentials."""

    exit_code = 7


class PermissionDeniedError(ConnectorError):
    """The CRM knows the credentials but forbids this call; the message names the missing permission."""

    exit_code = 7


class RateLimitedError(ConnectorError):
    """The CRM asks for fewer calls in a short time.

    Args:
        message: For the user.
        retry_after: Seconds to wait, where the CRM said so.
    """

    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class QuotaExhaustedError(ConnectorError):
    """The daily quota, or the share of it that kam-sync may use, is used up: stop, do not wait."""


class TransientError(ConnectorError):
    """A fault that passes: a lost connection, a timeout, a 5xx answer, a locked row."""

    retryable = True


class MalformedAnswerError(ConnectorError):
    """The CRM's answer has another status, content type or shape than the documentation gives."""


class DeliveryError(KamSyncError):
    """A mail server, a webhook or a folder did not take a digest, and will not before a person changes something."""


class StoreError(KamSyncError):
    """The state database failed in the middle of the work: a full disk, a lock that stays."""


class RefusedError(KamSyncError):
    """kam-sync itself refused to write: a breaker tripped, or the plan is stale or expired."""

    exit_code = 6


class StoppedError(KamSyncError):
    """The run was asked to stop and did so where nothing is left half done; the next run goes on."""

    exit_code = 4


class CrashError(KamSyncError):
    """A bug ended the work in one org where others had to go on; the message names its class and place only."""


class LeaseHeldError(KamSyncError):
    """Another process holds the lease of the org."""

    exit_code = 5
