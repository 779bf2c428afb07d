"""What the contract cannot see: which failure of Acme becomes which error, and that no message tells what Acme said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr, ValidationError

from kam_sync.clock import ManualClock
from kam_sync.errors import (
    AuthError,
    ConfigError,
    KamSyncError,
    MalformedAnswerError,
    PermissionDeniedError,
    RateLimitedError,
    TransientError,
)
from kam_sync.portfolio import Portfolio, PortfolioUser
from kam_sync.ports import Runtime, WriteOutcome
from kam_sync.records import RecordKind
from kam_sync.testing.contract import ConnectorContract
from kam_sync.testing.contract_orgs import START, ContractOrg, contract_org
from kam_sync_acme._mapping import page
from kam_sync_acme.connector import AcmeConnector
from kam_sync_acme.local_acme import LocalAcme
from kam_sync_acme.settings import AcmeSettings


@pytest.fixture
def org(tmp_path: Path) -> Iterator[ContractOrg]:
    with contract_org(LocalAcme, AcmeConnector, tmp_path, portfolio=ConnectorContract.portfolio()) as org:
        yield org


def acme(org: ContractOrg) -> LocalAcme:
    assert isinstance(org.crm, LocalAcme)
    return org.crm


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthError),
        (403, PermissionDeniedError),
        (404, MalformedAnswerError),
        (429, RateLimitedError),
        (500, TransientError),
        (503, TransientError),
    ],
)
def test_a_failure_that_stays_is_told_in_our_words(org: ContractOrg, status: int, error: type[KamSyncError]) -> None:
    acme(org).failures = [status] * 9
    with pytest.raises(error) as raised:
        org.connector.describe()
    assert "Söhne" not in str(raised.value)
    assert "@" not in str(raised.value)


def test_a_failure_that_passes_is_waited_for(org: ContractOrg) -> None:
    acme(org).failures = [503, 429]
    assert org.connector.describe().name == "Acme of tests"
    assert org.connector.usage().requests == org.crm.requests_seen() == 3


def test_a_write_is_sent_once_whatever_happens(org: ContractOrg) -> None:
    for status, outcome in ((429, WriteOutcome.FAILED), (500, WriteOutcome.UNCERTAIN)):
        acme(org).failures = [status]
        (result,) = org.connector.write_tasks([org.write()])
        assert result.outcome is outcome
    assert org.crm.requests_seen() == 2
    acme(org).failures = [401]
    with pytest.raises(AuthError):
        org.connector.write_tasks([org.write()])


def test_a_record_that_does_not_validate_is_rejected_alone_and_without_its_values() -> None:
    deal = {"id": "D1", "accountIds": ["A1"], "name": "Rollers", "isOpen": True, "closeOn": "secret"}
    found = page(RecordKind.OPPORTUNITY, [deal, {**deal, "id": "D2", "closeOn": "2026-12-01"}])
    assert [record.id for record in found.records] == ["D2"]
    (rejected,) = found.rejected
    assert (rejected.id, rejected.account_ids) == ("D1", ("A1",))
    assert "close_on" in rejected.reason
    assert "secret" not in rejected.reason


def test_many_records_come_page_by_page(tmp_path: Path) -> None:
    users = tuple(PortfolioUser(slug=f"u{n}", name=f"Ü {n}", email=f"u{n}@vendor.example") for n in range(250))
    with contract_org(
        LocalAcme, AcmeConnector, tmp_path, portfolio=Portfolio(name="", users=users, accounts=())
    ) as org:
        pages = list(org.connector.pull(RecordKind.USER, lambda: ()))
    assert [len(each.records) for each in pages] == [100, 100, 50]


def test_the_token_travels_over_tls_only() -> None:
    assert AcmeSettings(url="https://acme.example/", access_token=SecretStr("t")).url == "https://acme.example"
    for url in ("http://acme.example", "ftp://acme.example", "acme.example"):
        with pytest.raises(ValidationError, match="https"):
            AcmeSettings(url=url, access_token=SecretStr("t"))


def test_what_acme_cannot_do_is_refused_at_once() -> None:
    settings = AcmeSettings(url="https://acme.example", access_token=SecretStr("t"))
    clock, zone = ManualClock(START), ZoneInfo("UTC")
    runtime = Runtime(clock=clock, sleep=lambda _seconds: None, timezone=zone, include_parents=True)
    with pytest.raises(ConfigError, match="inherit"):
        AcmeConnector.open(settings, runtime)
