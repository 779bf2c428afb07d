"""The mirror: what a complete pull did not see is gone, what an incomplete one did not reach is kept."""

from __future__ import annotations

import datetime as dt

import pytest

from core.core_builders import (
    AMAL,
    BO,
    DAY,
    NOW,
    TODAY,
    UID,
    holds,
    ids,
)
from core.core_mirror import FilledMirror, account, contact, todo
from kam_sync.identity import task_key
from kam_sync.lifecycle import LinkState, TaskLink
from kam_sync.names import RELATIONS
from kam_sync.ports import RejectedRecord
from kam_sync.records import ActivityKind, RecordKind, Role
from kam_sync.store import Store
from kam_sync.store.mirror import Mirror
from kam_sync.store.snapshots import CHUNK
from kam_sync.store.tasks import TaskBooks

KEY = task_key(UID, "acme", "roles", 1)


@pytest.fixture
def mirror(store: Store) -> FilledMirror:
    filled = FilledMirror(store)
    filled.pull(RecordKind.USER, AMAL, BO)
    filled.pull(RecordKind.ACCOUNT, account("acme"), account("beta"))
    return filled


def linked(store: Store, *, account_id: str = "acme", task_id: str = "t1", state: LinkState = LinkState.LIVE) -> None:
    link = TaskLink(org_uid=UID, account_id=account_id, topic="roles", key=KEY, state=state, episode=1, task_id=task_id)
    TaskBooks(store, UID).adopt([link])


# -- complete and incomplete pulls ------------------------------------------------------------------------------------


def test_what_a_complete_pull_did_not_see_is_gone(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, contact("zoe", "acme"), contact("max", "acme"))
    mirror.pull(RecordKind.CONTACT, contact("max", "acme"))
    assert ids(mirror.one("acme").contacts) == ["max"]


def test_what_an_incomplete_pull_did_not_reach_is_kept_and_unknown(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, contact("zoe", "acme"), contact("max", "acme"))
    mirror.pull(RecordKind.CONTACT, contact("max", "acme"), problem="the page did not come")
    snapshot = mirror.one("acme")
    assert ids(snapshot.known_contacts) == ["max", "zoe"]
    assert snapshot.unknown == {"contacts"}


def test_the_next_complete_pull_forgets_what_the_failed_one_kept(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, contact("zoe", "acme"))
    mirror.pull(RecordKind.CONTACT, problem="the page did not come")
    mirror.pull(RecordKind.CONTACT, contact("max", "acme"))
    snapshot = mirror.one("acme")
    assert (ids(snapshot.contacts), snapshot.unknown) == (["max"], frozenset())


def test_a_pull_that_never_ended_counts_as_incomplete(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, contact("zoe", "acme"))
    mirror.mirror.begin(RecordKind.CONTACT, NOW)
    assert mirror.one("acme").unknown == {"contacts"}


def test_a_kind_that_was_never_pulled_is_not_in_the_states(mirror: FilledMirror) -> None:
    assert set(Mirror(mirror.store, "org-2").states()) == set()
    assert set(mirror.mirror.states()) == set(RecordKind)


def test_what_was_never_pulled_is_unknown(store: Store) -> None:
    fresh = FilledMirror(store, "org-2", pulled=())
    fresh.pull(RecordKind.ACCOUNT, account("acme"))
    assert fresh.one("acme").unknown == set(RELATIONS.values())


def test_a_kind_that_is_left_out_is_unknown_and_forgotten(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, contact("zoe", "acme"))
    mirror.mirror.skip([RecordKind.CONTACT], NOW, "no rule reads it")
    (found,) = mirror.snapshots(only="acme").values()
    assert ("contacts" in found.unknown, found.known_contacts) == (True, ())
    assert mirror.mirror.states()[RecordKind.CONTACT].problem == "no rule reads it"


def test_a_record_that_moved_hangs_on_its_new_account_only(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, contact("zoe", "acme"))
    mirror.pull(RecordKind.CONTACT, contact("zoe", "beta"))
    assert (ids(mirror.one("acme").contacts), ids(mirror.one("beta").contacts)) == ([], ["zoe"])


def test_a_record_seen_on_two_pages_hangs_on_the_accounts_of_both(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, pages=[(contact("zoe", "acme"),), (contact("zoe", "beta"),)])
    assert (ids(mirror.one("acme").contacts), ids(mirror.one("beta").contacts)) == (["zoe"], ["zoe"])
    assert mirror.mirror.states()[RecordKind.CONTACT].rows == 1


def test_a_record_seen_twice_on_a_page_hangs_on_both_accounts(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.CONTACT, contact("zoe", "acme"), contact("zoe", "beta"))
    assert (ids(mirror.one("acme").contacts), ids(mirror.one("beta").contacts)) == (["zoe"], ["zoe"])


def test_two_orgs_do_not_mix(mirror: FilledMirror, store: Store) -> None:
    other = FilledMirror(store, "org-2")
    other.pull(RecordKind.ACCOUNT, account("acme"))
    other.pull(RecordKind.CONTACT, contact("zoe", "acme"))
    mirror.pull(RecordKind.CONTACT)
    assert (ids(mirror.one("acme").contacts), ids(other.one("acme").contacts)) == ([], ["zoe"])


# -- counts -----------------------------------------------------------------------------------------------------------


def test_rows_are_counted_of_complete_pulls_and_in_scope_only(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme"), account("top", in_scope=False))
    assert mirror.mirror.states()[RecordKind.ACCOUNT].rows == 1
    mirror.pull(RecordKind.ACCOUNT, problem="the page did not come")
    assert mirror.mirror.states()[RecordKind.ACCOUNT].rows == 1


def test_good_rows_are_those_of_the_last_accepted_run(mirror: FilledMirror) -> None:
    mirror.mirror.accept_counts()
    mirror.pull(RecordKind.ACCOUNT, account("acme"))
    state = mirror.mirror.states()[RecordKind.ACCOUNT]
    assert (state.rows, state.good_rows) == (1, 2)
    mirror.mirror.accept_counts()
    assert mirror.mirror.states()[RecordKind.ACCOUNT].good_rows == 1


def test_an_incomplete_pull_is_never_accepted(mirror: FilledMirror) -> None:
    mirror.mirror.accept_counts()
    mirror.pull(RecordKind.ACCOUNT, account("acme"), problem="the page did not come")
    mirror.mirror.accept_counts()
    assert mirror.mirror.states()[RecordKind.ACCOUNT].good_rows == 2


def test_a_pull_is_as_of_its_beginning(mirror: FilledMirror) -> None:
    assert mirror.mirror.states()[RecordKind.ACCOUNT].pulled_at == NOW


# -- scope and streaming ----------------------------------------------------------------------------------------------


def test_only_accounts_in_scope_are_judged(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme"), account("top", in_scope=False))
    assert list(mirror.snapshots()) == ["acme"]
    assert list(mirror.mirror.account_ids()) == ["acme", "top"]
    assert list(mirror.mirror.account_ids(in_scope_only=True)) == ["acme"]


def test_an_account_of_another_name_is_no_snapshot(mirror: FilledMirror) -> None:
    assert mirror.snapshots(only="zeta") == {}


@pytest.mark.parametrize("count", [CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_snapshots_stream_in_order_over_chunks(store: Store, count: int) -> None:
    names = [f"a{number:04d}" for number in range(count)]
    mirror = FilledMirror(store)
    mirror.pull(RecordKind.ACCOUNT, *(account(name) for name in reversed(names)))
    mirror.pull(RecordKind.CONTACT, *(contact(f"c-{name}", name) for name in names))
    streamed = mirror.snapshots()
    assert list(streamed) == names
    assert all(ids(snapshot.contacts) == [f"c-{name}"] for name, snapshot in streamed.items())


def test_account_ids_stream_over_several_thousands(store: Store) -> None:
    names = [f"a{number:05d}" for number in range(2001)]
    mirror = FilledMirror(store)
    mirror.pull(RecordKind.ACCOUNT, *(account(name) for name in names))
    assert list(mirror.mirror.account_ids()) == names


def test_what_is_unknown_in_the_org_is_unknown_in_every_snapshot(mirror: FilledMirror) -> None:
    snapshots = mirror.snapshots(unknown=["account.tier", "plans"])
    assert {snapshot.unknown for snapshot in snapshots.values()} == {frozenset({"account.tier", "plans"})}


def test_a_snapshot_knows_every_user_of_the_org(mirror: FilledMirror) -> None:
    assert dict(mirror.one("acme").users) == {"amal": AMAL, "bo": BO}


def test_a_rejected_user_or_account_makes_no_relation_unknown(mirror: FilledMirror) -> None:
    bad = RejectedRecord(kind=RecordKind.USER, id="u9", account_ids=(), reason="name: expected a string")
    mirror.pull(RecordKind.USER, AMAL, rejected=(bad,))
    assert mirror.one("acme").unknown == frozenset()


# -- merged accounts --------------------------------------------------------------------------------------------------


def test_a_merged_account_leads_to_the_one_that_is_left(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme", merged=("gamma", "delta")))
    assert dict(mirror.mirror.merged()) == {"gamma": "acme", "delta": "acme"}


def test_chains_of_merges_are_followed(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("beta", merged=("gamma",)))
    mirror.pull(RecordKind.ACCOUNT, account("acme", merged=("beta",)))
    assert dict(mirror.mirror.merged()) == {"gamma": "acme", "beta": "acme"}


def test_a_merge_is_remembered_when_the_crm_forgets_it(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme", merged=("gamma",)))
    mirror.pull(RecordKind.ACCOUNT, account("acme"))
    assert dict(mirror.mirror.merged()) == {"gamma": "acme"}


def test_a_cycle_of_merges_comes_to_an_end(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme", merged=("beta",)))
    mirror.pull(RecordKind.ACCOUNT, account("beta", merged=("acme",)))
    mirror.pull(RecordKind.ACCOUNT, account("gamma"))
    assert set(mirror.mirror.merged()) == {"acme", "beta"}


def test_an_account_that_is_there_again_is_no_longer_merged(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACCOUNT, account("acme", merged=("beta",)))
    mirror.pull(RecordKind.ACCOUNT, account("acme"), account("beta"))
    assert dict(mirror.mirror.merged()) == {}


# -- since when a role is held ----------------------------------------------------------------------------------------


def test_an_assignment_is_first_seen_once(mirror: FilledMirror) -> None:
    role = holds(Role.INNOVATOR, "amal")
    mirror.pull(RecordKind.ROLE, role)
    mirror.pull(RecordKind.ROLE, role, today=TODAY + 9 * DAY)
    assert dict(mirror.one("acme").role_since) == {role.id: TODAY}


def test_an_assignment_that_vanished_starts_anew(mirror: FilledMirror) -> None:
    role = holds(Role.INNOVATOR, "amal")
    mirror.pull(RecordKind.ROLE, role)
    mirror.pull(RecordKind.ROLE)
    mirror.pull(RecordKind.ROLE, role, today=TODAY + 9 * DAY)
    assert dict(mirror.one("acme").role_since) == {role.id: TODAY + 9 * DAY}


def test_an_incomplete_pull_forgets_no_assignment(mirror: FilledMirror) -> None:
    role = holds(Role.INNOVATOR, "amal")
    mirror.pull(RecordKind.ROLE, role)
    mirror.pull(RecordKind.ROLE, problem="the page did not come")
    mirror.pull(RecordKind.ROLE, role, today=TODAY + 9 * DAY)
    assert dict(mirror.one("acme").role_since) == {role.id: TODAY}


# -- what is our own --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [KEY, task_key("another-org", "other", "plan", 9)])
def test_a_task_that_carries_a_key_is_no_activity(mirror: FilledMirror, key: str) -> None:
    mirror.pull(RecordKind.ACTIVITY, todo("t1", "acme", our_key=key), todo("t2", "acme"))
    assert ids(mirror.one("acme").activities) == ["t2"]


@pytest.mark.parametrize("state", [LinkState.LIVE, LinkState.CLOSED, LinkState.ENDED])
def test_a_task_that_the_books_know_is_no_activity_without_a_key_either(
    mirror: FilledMirror, store: Store, state: LinkState
) -> None:
    linked(store, task_id="t1", state=state)
    mirror.pull(RecordKind.ACTIVITY, todo("t1", "acme"), todo("t2", "acme"))
    assert ids(mirror.one("acme").activities) == ["t2"]


def test_the_books_id_is_found_behind_a_prefix(mirror: FilledMirror, store: Store) -> None:
    linked(store, task_id="42")
    meeting = todo("meeting:42", "acme", kind=ActivityKind.MEETING)
    mirror.pull(RecordKind.ACTIVITY, todo("task:42", "acme"), meeting)
    assert ids(mirror.one("acme").activities) == ["meeting:42"]


def test_our_task_is_still_ours_when_its_account_was_merged(mirror: FilledMirror, store: Store) -> None:
    linked(store, account_id="gamma", task_id="t1")
    mirror.pull(RecordKind.ACCOUNT, account("acme", merged=("gamma",)))
    mirror.pull(RecordKind.ACTIVITY, todo("t1", "acme"))
    assert ids(mirror.one("acme").activities) == []


def test_keys_that_the_books_do_not_know_are_foreign(mirror: FilledMirror, store: Store) -> None:
    linked(store)
    other = task_key(UID, "acme", "plan", 1)
    mirror.pull(RecordKind.ACTIVITY, todo("t1", "acme", our_key=KEY), todo("t2", "acme", our_key=other))
    assert mirror.mirror.foreign_keys() == (other,)


def test_an_ended_episode_is_not_foreign(mirror: FilledMirror, store: Store) -> None:
    linked(store, state=LinkState.ENDED)
    mirror.pull(RecordKind.ACTIVITY, todo("t1", "acme", our_key=KEY))
    assert mirror.mirror.foreign_keys() == ()


def test_the_list_of_foreign_keys_is_short(mirror: FilledMirror) -> None:
    keys = [task_key(UID, "acme", "plan", number) for number in range(1, 151)]
    mirror.pull(RecordKind.ACTIVITY, *(todo(key, "acme", our_key=key) for key in keys))
    assert len(mirror.mirror.foreign_keys()) == 100


def test_our_activities_come_with_their_keys(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACTIVITY, todo("t1", "acme", our_key=KEY), todo("t2", "acme"))
    assert [(key, activity.id) for key, activity in mirror.mirror.our_activities()] == [(KEY, "t1")]


def test_dates_survive_the_mirror(mirror: FilledMirror) -> None:
    mirror.pull(RecordKind.ACTIVITY, todo("t1", "acme"))
    assert [activity.on for activity in mirror.one("acme").activities] == [dt.date(2026, 3, 2)]
