"""Facts of a small org, for tests of digests."""

from __future__ import annotations

import datetime as dt

from kam_sync.digesting.building import Digest, build_digests
from kam_sync.digesting.facts import ClosedTask, DueReview, LiveTask, OpenFinding, OrgFacts, SolvedFinding, WaitingTask
from kam_sync.digesting.periods import Period
from kam_sync.records import User
from kam_sync.severity import Severity

WEEK = Period(first=dt.date(2026, 11, 16))
TODAY = dt.date(2026, 11, 23)

AMAL = User(id="amal", name="Amal Haddad", email="amal@vendor.example")
BO = User(id="bo", name="Bo Lindqvist", email="bo@vendor.example")
GONE = User(id="gone", name="Grete Fürst", email="grete@vendor.example", active=False, assignable=False)
QUEUE = User(id="queue", name="Sammelstelle", assignable=False)
MUTE = User(id="mute", name="Mute Malik", email=None)


def failing(user: str | None = "amal", **changes: object) -> OpenFinding:
    values: dict[str, object] = {
        "org": "main",
        "account": "Firma Eins",
        "user_id": user,
        "url": "https://crm.example/account/1",
        "code": "KAM101",
        "title": "Nobody holds the role of innovator",
        "severity": Severity.HIGH,
        "since": dt.date(2026, 11, 1),
        **changes,
    }
    return OpenFinding(**values)  # type: ignore[arg-type]  # the values are those of the fields


def solved(user: str | None = "amal", *, on: dt.date = WEEK.first, account: str = "Firma Eins") -> SolvedFinding:
    return SolvedFinding(
        org="main", account=account, user_id=user, code="KAM201", what="No plan", severity=Severity.HIGH, on=on
    )


def live(
    user: str | None = "amal", *, due_on: dt.date | None = TODAY, url: str = "https://crm.example/t/1"
) -> LiveTask:
    return LiveTask(
        org="main", account="Firma Eins", user_id=user, url=url, request="cover the account roles", due_on=due_on
    )


def closed(user: str | None = "amal") -> ClosedTask:
    return ClosedTask(org="main", account="Firma Eins", user_id=user, request="set the next step", on=WEEK.last)


def waiting(user: str | None = "amal", severity: Severity = Severity.HIGH) -> WaitingTask:
    return WaitingTask(
        org="main",
        account="Firma Eins",
        user_id=user,
        request="set the next step",
        severity=severity,
        cap="3 live tasks per account",
    )


def review(user: str | None = "amal") -> DueReview:
    return DueReview(org="main", account="Firma Eins", user_id=user, plan="Plan 2027", on=dt.date(2026, 12, 1))


def facts(**changes: object) -> OrgFacts:
    values: dict[str, object] = {
        "org": "main",
        "org_uid": "uid-main",
        "today": TODAY,
        "checked_on": TODAY,
        "pulled_at": dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC),
        "users": {user.id: user for user in (AMAL, BO, GONE, QUEUE, MUTE)},
        **changes,
    }
    return OrgFacts(**values)  # type: ignore[arg-type]  # the values are those of the fields


def built(*orgs: OrgFacts) -> tuple[Digest, dict[str, Digest]]:
    """The portfolio's digest, and the others by name."""
    portfolio, *own = build_digests(orgs, WEEK)
    return portfolio, {digest.name: digest for digest in own}
