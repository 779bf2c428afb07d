"""Setting an org up: planned first, made once, looked at again, and taken away without harm."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kam_sync.clock import ManualClock
from kam_sync.config import LoadedPolicy, parse_policy
from kam_sync.errors import AuthError, ConfigError, ConnectorError, PermissionDeniedError, RefusedError
from kam_sync.job import run
from kam_sync.portfolio import Portfolio
from kam_sync.registry import load_rules
from kam_sync.session import JobSettings
from kam_sync.setting_up import OrgSetup, setup, setup_files
from kam_sync.setup_ports import ItemState
from kam_sync.store import Store
from kam_sync.testing.memory import MemoryCrm
from support_memory import START, USERS, healthy
from support_setup import SetupOrg, install, item

POLICY = """\
version: 1
orgs:
  main: {{connector: {connector}, crm: set-up}}
rules: {{select: [KAM101]}}
tasks: {{fallback_assignee: ines@vendor.example}}
"""
OURS, MISSING, PRESENT = ItemState.OURS, ItemState.MISSING, ItemState.PRESENT


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> SetupOrg:
    return install(monkeypatch)


@pytest.fixture
def settings() -> Iterator[JobSettings]:
    clock = ManualClock(START)
    crm = MemoryCrm("set-up", clock)
    crm.load(Portfolio(name="Vendor", users=USERS, accounts=(healthy("one", roles={}), healthy("two"))))
    yield JobSettings(clock=clock, sleep=lambda _seconds: None)
    crm.stop()


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store(f"sqlite:///{folder / 'state.db'}") as store:
        yield store


def _policy(connector: str = "salesforce") -> LoadedPolicy:
    return parse_policy(POLICY.format(connector=connector), path=Path("kam-sync.yaml"), rules=load_rules())


def _setup(store: Store, settings: JobSettings, *, remove: bool = False, apply: bool = True) -> OrgSetup:
    (result,) = setup(_policy(), store, settings, remove=remove, apply=apply)
    return result


def test_what_is_missing_is_planned_made_once_and_removed(there: SetupOrg, store: Store, settings: JobSettings) -> None:
    there.has(item(1), item(2, PRESENT), item(3), item(4, ItemState.BY_HAND, remedy="make it"))
    planned = _setup(store, settings, apply=False)
    assert [each.id for each in planned.chosen] == ["field 1", "field 3"]
    assert (planned.done, there.acts, planned.exit_code) == ([], [], 0)
    assert [each.remedy for each in planned.to_do_by_hand] == ["make it"]

    made = _setup(store, settings)
    assert there.acts == ["make field 1", "make field 3"]
    assert (len(made.done), made.problems, made.exit_code) == (2, [], 0)

    again = _setup(store, settings)
    assert (again.chosen, again.done, len(there.acts)) == ((), [], 2)

    removed = _setup(store, settings, remove=True)
    assert there.acts[2:] == ["remove field 3", "remove field 1"], "what was made last goes first"
    assert there.states() == [MISSING, PRESENT, MISSING, ItemState.BY_HAND]
    assert (len(removed.done), removed.exit_code) == (2, 0)
    assert _setup(store, settings, remove=True).chosen == ()


def test_what_people_made_is_never_removed(there: SetupOrg, store: Store, settings: JobSettings) -> None:
    there.has(item(1, PRESENT), item(2, ItemState.DIFFERS))
    assert _setup(store, settings, remove=True).chosen == ()
    assert there.acts == []


def test_a_refused_item_does_not_stop_the_others(there: SetupOrg, store: Store, settings: JobSettings) -> None:
    there.has(item(1), item(2), item(3))
    there.refuses = {"field 2": ConnectorError("the name is taken")}
    result = _setup(store, settings)
    assert [each.id for each in result.done] == ["field 1", "field 3"]
    assert [(problem.item.id, str(problem.error)) for problem in result.problems] == [("field 2", "the name is taken")]
    assert result.exit_code == 4


@pytest.mark.parametrize("error", [PermissionDeniedError("no Customize Application"), AuthError("expired")])
def test_without_permission_the_rest_is_not_tried(
    there: SetupOrg, store: Store, settings: JobSettings, error: ConnectorError
) -> None:
    there.has(item(1), item(2))
    there.refuses = {"field 1": error}
    result = _setup(store, settings)
    assert (result.done, there.acts, result.exit_code) == ([], [], 7)
    assert result.error is None


def test_what_was_made_and_cannot_be_seen_is_told(there: SetupOrg, store: Store, settings: JobSettings) -> None:
    there.has(item(1), item(2))
    there.forgets = {"field 2"}
    result = _setup(store, settings)
    assert [each.id for each in result.done] == ["field 1"]
    (problem,) = result.problems
    assert "text field 2 cannot be seen by the user" in str(problem.error)
    assert result.exit_code == 4


def test_what_was_removed_and_is_still_there_is_told(there: SetupOrg, store: Store, settings: JobSettings) -> None:
    there.has(item(1, OURS), item(2, OURS))
    there.forgets = {"field 2"}
    result = _setup(store, settings, remove=True)
    assert [each.id for each in result.done] == ["field 1"]
    assert "text field 2 is still there" in str(result.problems[0].error)


def test_the_key_stays_while_tasks_are_recognised_by_it(there: SetupOrg, store: Store, settings: JobSettings) -> None:
    there.has(item(1, OURS), item(2, OURS, serves=frozenset({"tasks.key"}), filled=None))
    run(_policy(), store, settings, apply=True)
    result = _setup(store, settings, remove=True)
    assert isinstance(result.error, RefusedError)
    assert "1 of kam-sync's tasks are open" in str(result.error)
    assert (there.acts, result.exit_code) == ([], 6)


def test_without_open_tasks_the_key_goes(there: SetupOrg, store: Store, settings: JobSettings) -> None:
    there.has(item(2, OURS, serves=frozenset({"tasks.key"}), filled=None))
    assert _setup(store, settings, remove=True).exit_code == 0
    assert there.states() == [MISSING]


@pytest.mark.parametrize("filled", [1, None])
def test_values_of_people_go_only_when_that_is_accepted(
    there: SetupOrg, store: Store, settings: JobSettings, filled: int | None
) -> None:
    there.has(item(1, OURS), item(2, OURS, filled=filled))
    result = _setup(store, settings, remove=True)
    assert result.exit_code == 6
    assert "values that people entered would go with text field 2 " in str(result.error)
    assert there.acts == []
    accepted = replace(settings, accept=frozenset({"filled"}))
    assert _setup(store, accepted, remove=True).exit_code == 0
    assert there.states() == [MISSING, MISSING]


def test_a_connector_that_sets_nothing_up_says_so(store: Store, settings: JobSettings) -> None:
    (result,) = setup(_policy("memory"), store, settings, apply=True)
    assert isinstance(result.error, ConfigError)
    assert "kam-sync doctor" in str(result.error)


def test_files_are_written_below_a_new_folder(
    there: SetupOrg, store: Store, settings: JobSettings, tmp_path: Path
) -> None:
    there.files = {"force-app/a.xml": "<a/>\n", "README.md": "deploy\n"}
    written = setup_files(_policy(), store, settings, tmp_path / "new")
    assert [path.relative_to(tmp_path / "new").as_posix() for path in written["main"]] == [
        "main/README.md",
        "main/force-app/a.xml",
    ]
    assert (tmp_path / "new/main/force-app/a.xml").read_text(encoding="utf-8") == "<a/>\n"
    with pytest.raises(ConfigError, match="name a new folder"):
        setup_files(_policy(), store, settings, tmp_path / "new")


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil"])
def test_no_file_is_written_outside_the_folder(
    there: SetupOrg, store: Store, settings: JobSettings, tmp_path: Path, name: str
) -> None:
    there.files = {name: "x"}
    with pytest.raises(ConfigError, match="outside"):
        setup_files(_policy(), store, settings, tmp_path / "new")
    assert not (tmp_path / "evil").exists()
