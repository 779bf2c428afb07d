"""Finding installed plugins by their entry points; what cannot be loaded is said loudly."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeGuard, cast

from kam_sync.errors import ConfigError, PluginError
from kam_sync.local_crms import LocalCrm
from kam_sync.names import NAMES
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.ports import Connector
from kam_sync.rules_api import Rule
from kam_sync.setup_ports import SetsUp

CONNECTORS: Final = "kam_sync.connectors"
RULES: Final = "kam_sync.rules"
LOCAL_CRMS: Final = "kam_sync.local_crms"


def _members(protocol: type) -> tuple[str, ...]:
    """Return everything that a protocol wants, as the protocol itself says it."""
    return tuple(name for name in (*protocol.__annotations__, *vars(protocol)) if not name.startswith("_"))


_SEAM: Final = _members(Connector)
_SETS_UP: Final = _members(SetsUp)


def _load(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:
        distribution = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown distribution"
        raise PluginError(
            f"the plugin {entry.name!r} of {distribution} ({entry.value}) cannot be loaded: "
            f"{type(error).__name__}: {error}; reinstall or uninstall it"
        ) from error


def _entries(group: str) -> Mapping[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        if entry.name in found and found[entry.name].value != entry.value:
            raise PluginError(
                f"two plugins of {group} are called {entry.name!r}: {found[entry.name].value} and {entry.value}; "
                "uninstall one of them"
            )
        found[entry.name] = entry
    return found


def connector_names() -> tuple[str, ...]:
    """Return the names of the installed connectors."""
    return tuple(sorted(_entries(CONNECTORS)))


def load_connector(name: str) -> type[Connector]:
    """Return the connector of this name; raises ConfigError when none is installed, PluginError when it is broken."""
    entries = _entries(CONNECTORS)
    if name not in entries:
        raise ConfigError(f"no connector {name!r} is installed; there are: {', '.join(sorted(entries)) or 'none'}")
    loaded = _load(entries[name])
    missing = [member for member in _SEAM if not hasattr(loaded, member)]
    if missing:
        raise PluginError(f"the connector {name!r} lacks {', '.join(missing)}; it is made for another kam-sync")
    return cast("type[Connector]", loaded)


def sets_up(connector: type[Connector]) -> TypeGuard[type[SetsUp]]:
    """Return whether a connector can also write its section of a policy and set its org up."""
    return all(hasattr(connector, member) for member in _SETS_UP)


def load_local_crms() -> Mapping[str, type[LocalCrm]]:
    """Return the installed local CRMs by the name of their connector.

    Example:
        >>> sorted(kam_sync.load_local_crms())
        ['hubspot', 'salesforce']
    """
    return {name: cast("type[LocalCrm]", _load(entry)) for name, entry in sorted(_entries(LOCAL_CRMS).items())}


def load_rule_pack(name: str) -> tuple[Rule | PortfolioRule, ...]:
    """Return the rules of one installed pack, in its own order.

    Raises:
        ConfigError: None of this name is installed.
        PluginError: It is no pack of rules.
    """
    entries = _entries(RULES)
    if name not in entries:
        raise ConfigError(f"no rule pack {name!r} is installed; there are: {', '.join(sorted(entries)) or 'none'}")
    loaded = _load(entries[name])
    if not isinstance(loaded, (tuple, list)) or not all(isinstance(rule, (Rule, PortfolioRule)) for rule in loaded):
        raise PluginError(f"the rule pack {name!r} ({entries[name].value}) is not a sequence of rules")
    return tuple(cast("list[Rule | PortfolioRule]", loaded))


def load_rules() -> tuple[Rule | PortfolioRule, ...]:
    """Return all rules of all installed packs, by code; a code, former code or name in use twice is an error.

    Example:
        >>> [rule.name for rule in kam_sync.load_rules() if rule.code == "KAM101"]
        ['missing-role']
    """
    rules: list[Rule | PortfolioRule] = []
    codes: set[str] = set()
    names: dict[str, str] = {}
    for pack in sorted(_entries(RULES)):
        for rule in load_rule_pack(pack):
            for code in (rule.code, *rule.aliases):
                if code in codes:
                    raise PluginError(f"the rule code {code} is taken twice; the second is in the pack {pack!r}")
                codes.add(code)
            if rule.name in names:
                raise PluginError(f"the rule name {rule.name} is taken by {names[rule.name]} and {rule.code}")
            stray = next((name for name in (*rule.needs, *rule.uses) if name not in NAMES), None)
            if stray is not None:
                raise PluginError(f"rule {rule.code} of the pack {pack!r} reads {stray!r}, which is no canonical name")
            rules.append(rule)
            names[rule.name] = rule.code
    return tuple(sorted(rules, key=lambda rule: rule.code))
