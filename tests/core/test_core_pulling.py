"""Pulling kind by kind: what fails becomes unknown, what is essential ends the org's run, the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from core.core_builders import (
    AMAL,
    BO,
    INES,
    TODAY,
    by_id,
    holds,
)
from kam_sync.assignments import Assignment
from kam_sync.clock import ManualClock
from kam_sync.errors import (
    AuthError,
    ConnectorError,
    LeaseHeldError,
    PermissionDeniedError,
    QuotaExhaustedError,
    TransientError,
)
from kam_sync.names import RELATIONS
from kam_sync.ports import OrgDescription, Page, RejectedRecord
from kam_sync.pulling import PullResult, accept_probes, load_probes, pull_org
from kam_sync.records import Account, Contact, RecordKind, Role
from kam_sync.store import Store
from kam_sync.store.mirror import Mirror
from kam_sync.store.snapshots import Snapshots
from kam_sync.testing.memory import MemoryConnector, MemoryCrm

UID = "memory-pull"


@pytest.fixture
def crm(clock: ManualClock) -> Iterator[MemoryCrm]:
    crm = MemoryCrm("pull", clock)
    crm.users = dict(by_id(AMAL, BO, INES))
    for name in ("acme", "beta"):
        crm.accounts[name] = Account(id=name, name=name.title(), owner_id="amal")
        crm.contacts[f"c-{name}"] = Contact(id=f"c-{name}", account_ids=(name,), name="Zoë")
    crm.roles["r"] = holds(Role.INNOVATOR, "amal")
    yield crm
    crm.stop()


def pulled(
    crm: MemoryCrm,
    store: Store,
    *,
    unknown: Mapping[str, str] | None = None,
    assignments: tuple[Assignment, ...] = (),
) -> PullResult:
    description = OrgDescription(org_uid=UID, name="Pull", unknown=unknown or {})
    return pull_org(MemoryConnector(crm), description, store, clock=crm.clock, today=TODAY, assignments=assignments)


def unknown_of(store: Store, account: str) -> frozenset[str]:
    (snapshot,) = Snapshots(store, UID).stream(frozenset(), only=account)
    return snapshot.unknown


def test_a_pull_counts_what_came(crm: MemoryCrm, store: Store) -> None:
    result = pulled(crm, store)
    assert result.rows == {
        RecordKind.USER: 3,
        RecordKind.ACCOUNT: 2,
        RecordKind.CONTACT: 2,
        RecordKind.ROLE: 1,
        RecordKind.OPPORTUNITY: 0,
        RecordKind.ACTIVITY: 0,
        RecordKind.PLAN: 0,
        RecordKind.GOAL: 0,
        RecordKind.ACTION: 0,
        RecordKind.FEEDBACK: 0,
        RecordKind.QUOTE: 0,
        RecordKind.CASE: 0,
        RecordKind.CONTRACT: 0,
        RecordKind.OWNER_CHANGE: 0,
        RecordKind.SALES: 2,
    }
    assert (result.rejected, result.problems) == (0, {})
    assert all(state.complete for state in Mirror(store, UID).states().values())


def test_progress_is_told_and_the_lease_kept_page_by_page(crm: MemoryCrm, store: Store) -> None:
    crm.contacts = {str(n): Contact(id=str(n), account_ids=("acme",), name="Zoë") for n in range(120)}
    told: list[tuple[str, int]] = []
    beats: list[int] = []
    pull_org(
        MemoryConnector(crm),
        OrgDescription(org_uid=UID, name="Pull"),
        store,
        clock=crm.clock,
        today=TODAY,
        progress=lambda stage, done, _total: told.append((stage, done)),
        alive=lambda: beats.append(len(told)),
    )
    assert [count for what, count in told if what == "contact"] == [50, 100, 120]
    assert len(beats) == len(told)


def test_a_lost_lease_ends_the_pull(crm: MemoryCrm, store: Store) -> None:
    def lost() -> None:
        raise LeaseHeldError("taken over")

    with pytest.raises(LeaseHeldError):
        pull_org(
            MemoryConnector(crm),
            OrgDescription(org_uid=UID, name="Pull"),
            store,
            clock=crm.clock,
            today=TODAY,
            alive=lost,
        )
    assert not Mirror(store, UID).states()[RecordKind.USER].complete


# -- failures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RELATIONS)
@pytest.mark.parametrize("error", [TransientError("the page did not come"), PermissionDeniedError("not allowed")])
def test_a_kind_that_fails_is_unknown_and_the_rest_goes_on(
    crm: MemoryCrm, store: Store, kind: RecordKind, error: ConnectorError
) -> None:
    crm.failing_pulls[kind] = error
    result = pulled(crm, store)
    assert result.problems == {kind: str(error)}
    assert kind not in result.rows
    assert unknown_of(store, "acme") == {RELATIONS[kind]}
    states = Mirror(store, UID).states()
    assert {given for given, state in states.items() if not state.complete} == {kind}
    assert states[kind].problem == str(error)


def test_what_a_failed_pull_did_not_reach_is_kept(crm: MemoryCrm, store: Store) -> None:
    pulled(crm, store)
    crm.contacts = {}
    crm.failing_pulls[RecordKind.CONTACT] = TransientError("the page did not come")
    pulled(crm, store)
    (snapshot,) = Snapshots(store, UID).stream(frozenset(), only="acme")
    assert [contact.id for contact in snapshot.known_contacts] == ["c-acme"]


def test_an_error_without_a_message_is_a_failure_all_the_same(crm: MemoryCrm, store: Store) -> None:
    pulled(crm, store)
    crm.roles = {}
    crm.failing_pulls[RecordKind.ROLE] = TransientError("")
    pulled(crm, store)
    assert unknown_of(store, "acme") == {"roles"}


@pytest.mark.parametrize("kind", [RecordKind.USER, RecordKind.ACCOUNT])
def test_without_users_or_accounts_there_is_no_going_on(crm: MemoryCrm, store: Store, kind: RecordKind) -> None:
    crm.failing_pulls[kind] = TransientError("the page did not come")
    with pytest.raises(TransientError):
        pulled(crm, store)
    assert not Mirror(store, UID).states()[kind].complete
    assert RecordKind.CONTACT not in Mirror(store, UID).states()


@pytest.mark.parametrize("error", [AuthError("expired"), QuotaExhaustedError("used up")])
def test_refused_credentials_and_a_used_up_quota_end_the_pull(
    crm: MemoryCrm, store: Store, error: ConnectorError
) -> None:
    crm.failing_pulls[RecordKind.CONTACT] = error
    with pytest.raises(type(error)):
        pulled(crm, store)
    assert not Mirror(store, UID).states()[RecordKind.CONTACT].complete


def test_a_relation_that_cannot_be_known_is_not_asked_for(crm: MemoryCrm, store: Store) -> None:
    calls: list[str] = []
    crm.on_call = calls.append
    result = pulled(crm, store, unknown={"plans": "not mapped"})
    assert "pull plan" not in calls
    assert "pull contact" in calls
    assert (result.problems, RecordKind.PLAN in result.rows) == ({}, False)
    assert Mirror(store, UID).states()[RecordKind.PLAN].problem == "not mapped"
    assert unknown_of(store, "acme") == {"plans"}


# -- rejected records -------------------------------------------------------------------------------------------------


def reject(crm: MemoryCrm, kind: RecordKind, *accounts: str) -> None:
    rejected = RejectedRecord(kind=kind, id="bad", account_ids=accounts, reason="amount: expected a number")
    crm.rejected_pages[kind] = Page(records=(), rejected=(rejected,))


def test_a_rejected_record_makes_its_relation_unknown_for_its_accounts(crm: MemoryCrm, store: Store) -> None:
    reject(crm, RecordKind.CONTACT, "acme")
    result = pulled(crm, store)
    assert (result.rejected, result.problems) == (1, {})
    assert unknown_of(store, "acme") == {"contacts"}
    assert unknown_of(store, "beta") == frozenset()


def test_a_rejected_record_of_no_account_makes_its_relation_unknown_for_all(crm: MemoryCrm, store: Store) -> None:
    reject(crm, RecordKind.OPPORTUNITY)
    pulled(crm, store)
    assert unknown_of(store, "acme") == unknown_of(store, "beta") == {"opportunities"}


def test_what_is_mended_is_known_again(crm: MemoryCrm, store: Store) -> None:
    reject(crm, RecordKind.CONTACT, "acme")
    pulled(crm, store)
    crm.rejected_pages.clear()
    pulled(crm, store)
    assert unknown_of(store, "acme") == frozenset()
    assert Mirror(store, UID).rejects() == ()


def test_what_was_rejected_is_told_with_its_reason(crm: MemoryCrm, store: Store) -> None:
    reject(crm, RecordKind.CONTACT, "acme", "beta")
    pulled(crm, store)
    rejects = Mirror(store, UID).rejects()
    assert {given.account_ids for given in rejects} == {("acme",), ("beta",)}
    assert {given.reason for given in rejects} == {"amount: expected a number"}


# -- the assignments file ---------------------------------------------------------------------------------------------

FROM_FILE = Assignment(account_id="beta", role=Role.INNOVATOR, person="bo@vendor.example")


def test_assignments_are_united_with_what_the_crm_says(crm: MemoryCrm, store: Store) -> None:
    result = pulled(
        crm, store, assignments=(FROM_FILE, Assignment(account_id="acme", role=Role.INNOVATOR, person="bo"))
    )
    assert result.rows[RecordKind.ROLE] == 3
    acme, beta = Snapshots(store, UID).stream(frozenset())
    assert {role.user_id for role in acme.roles} == {"amal", "bo"}
    assert [(role.user_id, role.source) for role in beta.roles] == [("bo", "assignments file")]
    assert set(beta.role_since.values()) == {TODAY}


def test_assignments_of_accounts_that_were_not_pulled_are_left_out(crm: MemoryCrm, store: Store) -> None:
    result = pulled(crm, store, assignments=(Assignment(account_id="zeta", role=Role.INNOVATOR, person="bo"),))
    assert result.rows[RecordKind.ROLE] == 1


def test_an_assignment_taken_off_the_file_is_gone(crm: MemoryCrm, store: Store) -> None:
    pulled(crm, store, assignments=(FROM_FILE,))
    pulled(crm, store)
    _, beta = Snapshots(store, UID).stream(frozenset())
    assert beta.roles == ()


def test_a_file_does_not_make_roles_known_that_could_not_be_pulled(crm: MemoryCrm, store: Store) -> None:
    crm.failing_pulls[RecordKind.ROLE] = TransientError("the page did not come")
    pulled(crm, store, assignments=(FROM_FILE,))
    assert unknown_of(store, "beta") == {"roles"}


# -- probes -----------------------------------------------------------------------------------------------------------


def test_probes_are_kept_with_the_last_good_share(crm: MemoryCrm, store: Store) -> None:
    pulled(crm, store)
    assert load_probes(store, UID)["roles.innovator"].good_rate is None
    accept_probes(store, UID, ["roles.innovator"])
    crm.roles = {}
    pulled(crm, store)
    kept = load_probes(store, UID)
    assert (kept["roles.innovator"].filled, kept["roles.innovator"].good_rate) == (0, 0.5)
    assert kept["account.owner_id"].good_rate is None


def test_a_failed_kind_leaves_its_probes_as_they_were(crm: MemoryCrm, store: Store) -> None:
    pulled(crm, store)
    crm.failing_pulls[RecordKind.ROLE] = TransientError("the page did not come")
    crm.roles = {}
    pulled(crm, store)
    assert load_probes(store, UID)["roles.innovator"].filled == 1
