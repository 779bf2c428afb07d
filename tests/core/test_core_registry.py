"""Plugins are found by their entry points; whatever is wrong with one is said with its name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from core.core_builders import scripted_rule
from kam_sync import registry
from kam_sync.errors import ConfigError, PluginError
from kam_sync.registry import connector_names, load_connector, load_local_crms, load_rules
from kam_sync.testing.memory import MemoryConnector

Install = Callable[..., None]


class Incomplete:
    """Something that is no connector."""

    def describe(self) -> None:
        """Do nothing."""


@pytest.fixture
def plugins() -> Iterator[ModuleType]:
    """A module that plugins can be put into."""
    module = ModuleType("core_test_plugins")
    sys.modules[module.__name__] = module
    yield module
    del sys.modules[module.__name__]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, plugins: ModuleType) -> Install:
    """Make some objects the only installed plugins of every group."""

    def installed(*named: tuple[str, object]) -> None:
        entries = []
        for number, (name, loaded) in enumerate(named):
            setattr(plugins, f"plugin_{number}", loaded)
            entries.append(EntryPoint(name=name, value=f"{plugins.__name__}:plugin_{number}", group="any"))
        monkeypatch.setattr(registry, "entry_points", lambda *, group: [entry for entry in entries if group])

    return installed


def point_to(monkeypatch: pytest.MonkeyPatch, *values: tuple[str, str]) -> None:
    entries = [EntryPoint(name=name, value=value, group="any") for name, value in values]
    monkeypatch.setattr(registry, "entry_points", lambda *, group: [entry for entry in entries if group])


# -- what is really installed -----------------------------------------------------------------------------------------


def test_the_connectors_of_this_distribution_are_installed() -> None:
    assert {"salesforce", "hubspot", "memory"} <= set(connector_names())


def test_the_rules_come_in_the_order_of_their_codes() -> None:
    codes = [rule.code for rule in load_rules()]
    assert codes
    assert codes == sorted(codes)


def test_a_connector_is_loaded_by_name() -> None:
    assert load_connector("memory") is MemoryConnector


# -- connectors -------------------------------------------------------------------------------------------------------


def test_an_unknown_connector_lists_those_there_are(install: Install) -> None:
    install(("beta", MemoryConnector), ("alpha", MemoryConnector))
    with pytest.raises(ConfigError, match="no connector 'gamma' is installed; there are: alpha, beta"):
        load_connector("gamma")


def test_no_connector_at_all_is_said_too(install: Install) -> None:
    install()
    with pytest.raises(ConfigError, match="there are: none"):
        load_connector("gamma")


def test_a_connector_that_lacks_methods_names_them(install: Install) -> None:
    install(("half", Incomplete))
    with pytest.raises(PluginError) as caught:
        load_connector("half")
    message = str(caught.value)
    assert message.startswith("the connector 'half' lacks ")
    assert message.endswith("; it is made for another kam-sync")
    assert {"open", "pull", "write_tasks"} <= set(message.replace(",", "").replace(";", "").split())
    assert "describe" not in message


@pytest.mark.parametrize("missing", ["settings_model", "read_tasks", "find_tasks", "batch_size", "usage", "close"])
def test_every_member_of_the_seam_is_asked_for(install: Install, missing: str) -> None:
    seam = ("open", "describe", "pull", "read_tasks", "find_tasks", "write_tasks", "batch_size", "usage", "close")
    members = {name: None for name in (*seam, "name", "settings_model") if name != missing}
    install(("half", type("Half", (), members)))
    with pytest.raises(PluginError, match=missing):
        load_connector("half")


@pytest.mark.parametrize("value", ["no_such_module_of_ours:Thing", "core_test_plugins:Missing"])
def test_a_plugin_that_cannot_be_loaded_is_named_with_its_error(
    monkeypatch: pytest.MonkeyPatch, plugins: ModuleType, value: str
) -> None:
    assert plugins.__name__ == "core_test_plugins"
    point_to(monkeypatch, ("broken", value))
    with pytest.raises(PluginError, match="the plugin 'broken' of an unknown distribution") as caught:
        load_connector("broken")
    assert value in str(caught.value)
    assert "reinstall or uninstall it" in str(caught.value)


def test_a_plugin_that_raises_while_it_is_imported_is_a_plugin_error(
    monkeypatch: pytest.MonkeyPatch, plugins: ModuleType
) -> None:
    def raising(name: str) -> object:
        raise RuntimeError(f"no {name} here")

    plugins.__getattr__ = raising  # type: ignore[method-assign]  # a module's hook for missing names
    point_to(monkeypatch, ("broken", "core_test_plugins:Thing"))
    with pytest.raises(PluginError, match="RuntimeError: no Thing here"):
        load_connector("broken")


def test_two_plugins_of_one_name_are_an_error(install: Install) -> None:
    install(("same", MemoryConnector), ("same", Incomplete))
    with pytest.raises(PluginError, match=r"are called 'same': .*plugin_0 and .*plugin_1; uninstall one"):
        connector_names()


def test_one_plugin_announced_twice_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "kam_sync.testing.memory:MemoryConnector"
    point_to(monkeypatch, ("same", value), ("same", value))
    assert connector_names() == ("same",)


def test_local_crms_go_by_the_name_of_their_connector(install: Install) -> None:
    install(("beta", Incomplete), ("alpha", Incomplete))
    assert list(load_local_crms()) == ["alpha", "beta"]


# -- rule packs -------------------------------------------------------------------------------------------------------


def test_rules_of_all_packs_come_together(install: Install) -> None:
    install(("late", (scripted_rule("TST102"),)), ("early", [scripted_rule("TST103"), scripted_rule("TST101")]))
    assert [rule.code for rule in load_rules()] == ["TST101", "TST102", "TST103"]


def test_a_code_in_two_packs_is_an_error(install: Install) -> None:
    install(("one", (scripted_rule("TST101"),)), ("two", (scripted_rule("TST101", name="other"),)))
    with pytest.raises(PluginError, match="TST101 is taken twice; the second is in the pack 'two'"):
        load_rules()


def test_a_name_in_use_twice_is_an_error(install: Install) -> None:
    install(("one", (scripted_rule("TST101", name="same"), scripted_rule("TST102", name="same"))))
    with pytest.raises(PluginError, match="the rule name same is taken by TST101 and TST102"):
        load_rules()


def test_a_former_code_cannot_be_one_that_is_in_use(install: Install) -> None:
    install(("one", (scripted_rule("TST101"), scripted_rule("TST102", aliases=("TST101",)))))
    with pytest.raises(PluginError, match="TST101 is taken twice"):
        load_rules()


def test_a_former_code_cannot_be_taken_by_a_later_rule(install: Install) -> None:
    install(("one", (scripted_rule("TST102", aliases=("TST101",)), scripted_rule("TST101"))))
    with pytest.raises(PluginError, match="TST101 is taken twice"):
        load_rules()


@pytest.mark.parametrize("pack", [None, "rules", [scripted_rule(), "no rule"], {"TST101": scripted_rule()}])
def test_a_pack_that_is_no_sequence_of_rules_is_an_error(install: Install, pack: object) -> None:
    install(("odd", pack))
    with pytest.raises(PluginError, match=r"the rule pack 'odd' .* is not a sequence of rules"):
        load_rules()
