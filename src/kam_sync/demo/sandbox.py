"""Local CRMs in a folder with a policy file that reads them: what the demo plays in, and what anyone may try out."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from ruamel.yaml import YAML

from kam_sync.clock import Clock
from kam_sync.errors import ConfigError
from kam_sync.local_crms import LocalCrm
from kam_sync.portfolio import Portfolio
from kam_sync.testing.seed import hubspot_portfolio, salesforce_portfolio

POLICY_FILE: Final = "kam-sync.yaml"
RECORD_FILE: Final = "sandbox.json"
"""Written last: a folder without it was never filled to the end."""

_COMMENT: Final = """\
# A policy for the local CRMs of this folder. Their invented secrets stand here only because plain http to this very
# machine is allowed below; for a real org a secret is always ${NAME} of an environment variable.
"""


def seeded_portfolio(connector: str) -> Portfolio:
    """Return the invented portfolio for the local CRM of a connector."""
    return hubspot_portfolio() if connector == "hubspot" else salesforce_portfolio()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """Running local CRMs by the name of their org; used as a context manager, which stops them.

    `fresh` says that they were filled just now, and not found filled in the folder.
    """

    folder: Path
    crms: Mapping[str, LocalCrm]
    portfolios: Mapping[str, Portfolio]
    fresh: bool

    @classmethod
    def start(cls, folder: Path, *, kinds: Mapping[str, type[LocalCrm]], clock: Clock) -> Self:
        """Start local CRMs in a folder; fill them and write the policy file when the folder is new.

        Args:
            folder: Made if it is not there; holds everything.
            kinds: Org name → local CRM, such as `kam_sync.registry.load_local_crms` gives.
            clock: What the CRMs take the time from.

        Raises:
            ConfigError: No local CRM is installed, the folder holds something else, or a port is taken.
        """
        if not kinds:
            raise ConfigError("no local CRM is installed; install a connector that brings one")
        ports = _recorded(folder)
        crms: dict[str, LocalCrm] = {}
        portfolios = {name: seeded_portfolio(kind.name) for name, kind in kinds.items()}
        sandbox = cls(folder=folder, crms=crms, portfolios=portfolios, fresh=ports is None)
        try:
            for name, kind in kinds.items():
                crms[name] = _started(name, kind, folder, clock, (ports or {}).get(name, 0))
            if ports is None:
                sandbox._fill()
        except BaseException:
            sandbox.stop()
            raise
        return sandbox

    @property
    def policy_path(self) -> Path:
        """The policy file that reads these CRMs."""
        return self.folder / POLICY_FILE

    def _fill(self) -> None:
        for name, crm in self.crms.items():
            crm.load(self.portfolios[name])
        _write(self.policy_path, _COMMENT + policy_text(self.crms, self.portfolios))
        ports = {name: urlsplit(crm.url).port for name, crm in self.crms.items()}
        _write(self.folder / RECORD_FILE, json.dumps({"version": 1, "ports": ports}, indent=1) + "\n")

    def stop(self) -> None:
        """Stop serving; everything stays in the folder."""
        for crm in self.crms.values():
            crm.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def policy_text(crms: Mapping[str, LocalCrm], portfolios: Mapping[str, Portfolio]) -> str:
    """Return a policy file for running local CRMs; who has no manager stands in where nobody else can be assigned."""
    policy = {
        "version": 1,
        "orgs": {name: _plain(crm.org_settings) for name, crm in crms.items()},
        "rules": {"top_tiers": ["A"]},
        "tasks": {"fallback_assignee": {name: _head(portfolios[name]) for name in crms}},
    }
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    buffer = io.StringIO()
    yaml.dump(policy, buffer)
    return buffer.getvalue()


def _head(portfolio: Portfolio) -> str:
    return next(user.email for user in portfolio.users if user.active and user.manager is None)


def _plain(value: object) -> object:
    """Return a value as the plain dicts, lists and scalars that YAML writes without tags."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value)
    return value


def _recorded(folder: Path) -> Mapping[str, int] | None:
    """Return the ports of a filled sandbox, None for a new folder; raises ConfigError for anything else."""
    record = folder / RECORD_FILE
    if not record.exists():
        if folder.exists() and any(folder.iterdir()):
            raise ConfigError(f"{folder} is neither empty nor a sandbox; name a new folder")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return None
    try:
        data = json.loads(record.read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in data["ports"].items() if port is not None}
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        raise ConfigError(f"{record} is damaged; delete the folder {folder} and start anew") from None


def _started(name: str, kind: type[LocalCrm], folder: Path, clock: Clock, port: int) -> LocalCrm:
    try:
        return kind.start(folder / name, clock=clock, port=port)
    except (OSError, RuntimeError) as error:
        at = f" at port {port}" if port else ""
        raise ConfigError(
            f"the local {kind.name} cannot start in {folder / name}{at}: {error}; is this sandbox running already?"
        ) from None


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
