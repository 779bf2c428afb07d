"""One writer per org: a lease is held, expires, is taken over, and fences whoever comes late."""

from __future__ import annotations

import pytest

from kam_sync.clock import ManualClock
from kam_sync.errors import LeaseHeldError
from kam_sync.store import Store
from kam_sync.store.leases import LEASE_SECONDS, Lease, break_lease


class Hosts:
    """Processes on several machines that share a store."""

    def __init__(self, store: Store, clock: ManualClock) -> None:
        self.store = store
        self.clock = clock

    def lease(self, holder: str, org_uid: str = "org-1") -> Lease:
        return Lease(self.store, org_uid, "acme", holder, self.clock)

    def held(self, holder: str, org_uid: str = "org-1") -> Lease:
        lease = self.lease(holder, org_uid)
        lease.acquire()
        return lease


@pytest.fixture
def hosts(store: Store, clock: ManualClock) -> Hosts:
    return Hosts(store, clock)


def test_a_lease_that_is_held_is_refused_with_the_way_out(hosts: Hosts) -> None:
    hosts.held("one")
    with pytest.raises(LeaseHeldError) as caught:
        hosts.held("two")
    assert str(caught.value) == (
        "another run of kam-sync is at work on acme; wait for it to end (an abandoned lease expires after 10 minutes, "
        "`kam-sync state unlock` ends it at once)"
    )


def test_the_same_holder_cannot_take_it_twice(hosts: Hosts) -> None:
    hosts.held("one")
    with pytest.raises(LeaseHeldError):
        hosts.held("one")


def test_orgs_do_not_stand_in_each_others_way(hosts: Hosts) -> None:
    hosts.held("one", "org-1")
    hosts.held("two", "org-2")


def test_a_lease_given_back_is_free_at_once(hosts: Hosts) -> None:
    hosts.held("one").release()
    hosts.held("two")


def test_a_lease_expires_when_its_holder_gives_no_sign(hosts: Hosts) -> None:
    hosts.held("one")
    hosts.clock.advance(seconds=LEASE_SECONDS - 1)
    with pytest.raises(LeaseHeldError):
        hosts.held("two")
    hosts.clock.advance(seconds=1)
    hosts.held("two")


def test_a_sign_of_life_keeps_it(hosts: Hosts) -> None:
    one = hosts.held("one")
    for _ in range(5):
        hosts.clock.advance(seconds=LEASE_SECONDS - 1)
        one.beat()
    with pytest.raises(LeaseHeldError):
        hosts.held("two")


def test_who_wakes_late_but_first_goes_on(hosts: Hosts) -> None:
    one = hosts.held("one")
    hosts.clock.advance(seconds=10 * LEASE_SECONDS)
    one.beat()
    with pytest.raises(LeaseHeldError):
        hosts.held("two")


def test_who_wakes_after_a_take_over_is_fenced(hosts: Hosts) -> None:
    one = hosts.held("one")
    hosts.clock.advance(seconds=LEASE_SECONDS)
    hosts.held("two")
    with pytest.raises(LeaseHeldError):
        one.beat()


def test_who_was_fenced_stays_so_when_the_other_is_done(hosts: Hosts) -> None:
    one = hosts.held("one")
    hosts.clock.advance(seconds=LEASE_SECONDS)
    hosts.held("two").release()
    with pytest.raises(LeaseHeldError):
        one.beat()


def test_who_was_fenced_does_not_give_back_the_others_lease(hosts: Hosts) -> None:
    one = hosts.held("one")
    hosts.clock.advance(seconds=LEASE_SECONDS)
    two = hosts.held("two")
    one.release()
    two.beat()
    with pytest.raises(LeaseHeldError):
        hosts.held("three")


def test_who_gave_it_back_holds_it_no_more(hosts: Hosts) -> None:
    one = hosts.held("one")
    one.release()
    with pytest.raises(LeaseHeldError):
        one.beat()


def test_unlocking_ends_a_lease_and_fences_its_holder(hosts: Hosts) -> None:
    one = hosts.held("one")
    break_lease(hosts.store, "org-1")
    with pytest.raises(LeaseHeldError):
        one.beat()
    hosts.held("two")


def test_unlocking_what_is_not_locked_does_nothing(hosts: Hosts) -> None:
    break_lease(hosts.store, "org-1")
    hosts.held("one")


def test_of_two_who_find_an_expired_lease_one_gets_it(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    hosts.held("one")
    hosts.clock.advance(seconds=LEASE_SECONDS)
    two, three = hosts.lease("two"), hosts.lease("three")
    beat = Lease._row

    def overtaken(lease: Lease, now: float) -> dict[str, object]:
        if lease is two:
            three.acquire()
        return beat(lease, now)

    monkeypatch.setattr(Lease, "_row", overtaken)
    with pytest.raises(LeaseHeldError):
        two.acquire()
    three.beat()


def test_of_two_who_are_the_first_ever_one_gets_it(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = hosts.lease("one"), hosts.lease("two")
    row = Lease._row

    def overtaken(lease: Lease, now: float) -> dict[str, object]:
        if lease is one:
            two.acquire()
        return row(lease, now)

    monkeypatch.setattr(Lease, "_row", overtaken)
    with pytest.raises(LeaseHeldError):
        one.acquire()
    two.beat()
