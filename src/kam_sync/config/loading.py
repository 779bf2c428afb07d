"""Loading a policy: the file, its models, its connectors' settings and its rules, checked against each other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from kam_sync.config.document import Document, suggestion
from kam_sync.config.models import OrgPolicy, Policy
from kam_sync.config.places import Location
from kam_sync.config.rules import RuleBook
from kam_sync.engine import ConfiguredRule, Suppression
from kam_sync.errors import ConfigError
from kam_sync.names import wider
from kam_sync.portfolio_rules import PortfolioRule
from kam_sync.records import Role
from kam_sync.registry import connector_names, load_connector
from kam_sync.rules_api import Rule, RuleFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPolicy:
    """A policy that holds: with its rules and connector settings checked.

    `rules` are those that run, `installed` all that there are.
    `digest` identifies the policy's text, secrets not resolved; `folder` is what relative paths start from.
    """

    policy: Policy
    settings: Mapping[str, BaseModel]
    rules: tuple[ConfiguredRule, ...]
    installed: tuple[RuleFacts, ...]
    digest: str
    folder: Path

    def suppressions(self, org: str) -> tuple[Suppression, ...]:
        """Return the suppressions that hold for an org."""
        return tuple(
            Suppression(
                code=s.code,
                account_id=s.account,
                key=s.key,
                until=s.until,
                reason=s.reason,
                place=f"suppress[{number}]",
                here_only=s.org is not None or len(self.policy.orgs) == 1,
            )
            for number, s in enumerate(self.policy.suppress)
            if s.org in {None, org}
        )

    @property
    def wanted(self) -> frozenset[str]:
        """The canonical names that the rules that run read, and those that every run needs."""
        read = (name for given in self.rules for name in (*given.rule.needs, *given.rule.uses))
        return frozenset(wide for name in (*ALWAYS_WANTED, *read) for wide in wider(name))

    @property
    def needed(self) -> frozenset[str]:
        """The canonical names without which some rule that runs says nothing, and those that every run needs."""
        needs = (name for given in self.rules for name in given.rule.needs)
        return frozenset(wide for name in (*ALWAYS_WANTED, *needs) for wide in wider(name))

    @property
    def state_url(self) -> str:
        """The URL of the state database, a relative SQLite path taken from the policy's folder."""
        prefix = "sqlite:///"
        state = self.policy.state
        if state.startswith(prefix) and state != prefix and not state.startswith(f"{prefix}:memory:"):
            return f"{prefix}{(self.folder / state.removeprefix(prefix)).resolve()}"
        return state


ALWAYS_WANTED: Final = (
    "account.owner_id",
    "account.parent_id",
    "account.tier",
    "account.revenue",
    "account.created_on",
    *(f"roles.{role.value}" for role in Role),
    "activities",
)
"""What every run reads: who gets a task and in which order, tuning by tier, and whether a task is kam-sync's own."""


def load_policy(
    path: Path, rules: tuple[Rule | PortfolioRule, ...], environment: Mapping[str, str] | None = None
) -> LoadedPolicy:
    """Read and check a policy file.

    Args:
        path: The file.
        rules: The installed rules.
        environment: Where `${NAME}` is looked up; the process's own by default.

    Raises:
        ConfigError: Something in the file must be changed; the message says line, key and what to do.

    Example:
        >>> policy = kam_sync.load_policy(Path("kam-sync.yaml"), kam_sync.load_rules())
        >>> [configured.rule.code for configured in policy.rules]
        ['KAM101', 'KAM201', 'KAM203']
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"there is no policy file {path}; make one with `kam-sync init`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the policy file {path} cannot be read: {type(error).__name__}") from None
    return parse_policy(text, path=path, rules=rules, environment=environment)


def parse_policy(
    text: str, *, path: Path, rules: tuple[Rule | PortfolioRule, ...], environment: Mapping[str, str] | None = None
) -> LoadedPolicy:
    r"""Check the text of a policy file; `path` serves messages and relative paths. Raises ConfigError.

    Example:
        >>> kam_sync.parse_policy("version: 1\nruls: {}\n", path=Path("kam-sync.yaml"), rules=kam_sync.load_rules())
        Traceback (most recent call last):
        kam_sync.errors.ConfigError: kam-sync.yaml:2: ruls: unknown key; did you mean 'rules'?
    """
    document = Document(path, text)
    policy = document.validate(Policy, document.resolved(os.environ if environment is None else environment), ())
    settings = {name: _settings(name, org, document) for name, org in policy.orgs.items()}
    _require_orgs(policy, document)
    _require_channels(policy, document)
    book = RuleBook(rules, document)
    return LoadedPolicy(
        rules=book.configure(policy),
        installed=rules,
        policy=book.with_current_codes(policy),
        settings=settings,
        digest=document.digest,
        folder=path.resolve().parent,
    )


def _settings(name: str, org: OrgPolicy, document: Document) -> BaseModel:
    section = ("orgs", name)
    if org.connector not in connector_names():
        raise document.error(
            (*section, "connector"),
            f"no connector {org.connector!r} is installed{suggestion(org.connector, connector_names())}",
        )
    model = load_connector(org.connector).settings_model
    return document.validate(model, org.settings, section, beside=OrgPolicy)


def _require_orgs(policy: Policy, document: Document) -> None:
    """Refuse every name of an org that is none."""
    named: list[tuple[Location, str | None]] = [
        (("suppress", index, "org"), suppression.org) for index, suppression in enumerate(policy.suppress)
    ]
    if isinstance(policy.tasks.fallback_assignee, dict):
        named += [(("tasks", "fallback_assignee", org), org) for org in policy.tasks.fallback_assignee]
    for location, org in named:
        if org is not None and org not in policy.orgs:
            raise document.error(location, f"there is no such org{suggestion(org, tuple(policy.orgs))}")


def _require_channels(policy: Policy, document: Document) -> None:
    """Refuse a digest's channel that is named and not there, one that nothing is sent to, and one that lacks people."""
    if policy.digest is None:
        return
    for found in policy.digest.mistakes():
        hint = suggestion(found.written, found.known) if found.written else ""
        raise document.error(("digest", *found.location), f"{found.message}{hint}")
