"""Drafting a policy from what an org offers: looking at it before there is a policy, and choosing among proposals."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from kam_sync.config import parse_policy
from kam_sync.config.document import read_yaml
from kam_sync.errors import ConfigError
from kam_sync.ports import Runtime
from kam_sync.scaffold import policy_text, scaffolding, variables
from kam_sync.session import JobSettings
from kam_sync.setup_ports import Answers, Proposal, Survey

LEAVE_OUT: Final = "-"
"""What a person types to leave a subject out of the policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An org's section of a policy in the making; without a survey it is the vendor's usual one.

    `connection` are the lines that say how to reach the org, secrets as they are written in a policy. `fallback` is who
    gets what nobody else can get there, where another policy says it.
    """

    org: str
    connector: str
    connection: str
    survey: Survey | None = None
    answers: Answers
    fallback: str | None = None

    @property
    def section(self) -> str:
        """The section as YAML."""
        return scaffolding(self.connector).section(self.org, self.connection, self.survey, self.answers)

    @property
    def to_make(self) -> tuple[str, ...]:
        """The values chosen that the org does not have yet: `kam-sync setup` makes them."""
        proposals = self.survey.proposals if self.survey else ()
        there = {p.subject: {candidate.value for candidate in p.candidates} for p in proposals}
        chosen = ((subject, value) for subject, values in self.answers.items() for value in values)
        return tuple(dict.fromkeys(value for subject, value in chosen if value not in there.get(subject, set())))


def usual_draft(connector: str) -> Draft:
    """Return the draft for an org that nobody has looked at, called as its connector; raises ConfigError."""
    return Draft(org=connector, connector=connector, connection=scaffolding(connector).connection, answers={})


def missing_variables(draft: Draft, environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the environment variables that are not set and without which the org cannot be reached."""
    known = os.environ if environment is None else environment
    return tuple(name for name in variables(draft.connection) if not known.get(name))


def connected_as(draft: Draft, path: Path) -> Draft:
    """Return a draft that reaches its org as another policy file does, under the name that the org has there.

    Raises:
        ConfigError: The file cannot be read or has no org, or several, of the connector.
    """
    try:
        policy = read_yaml(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the policy file {path} cannot be read: {type(error).__name__}") from None
    sections = _mapping(policy.get("orgs"))
    found = [
        (str(name), section)
        for name, section in sections.items()
        if isinstance(section, dict) and section.get("connector") == draft.connector
    ]
    if len(found) != 1:
        raise ConfigError(f"{path} has {len(found) or 'no'} orgs of {draft.connector}; name a file that has one")
    ((name, section),) = found
    keys = scaffolding(draft.connector).connection_keys
    connection = _indented({key: section[key] for key in keys if key in section})
    fallback = _mapping(policy.get("tasks")).get("fallback_assignee")
    who = fallback.get(name) if isinstance(fallback, Mapping) else fallback
    return replace(draft, org=name, connection=connection, fallback=str(who) if who is not None else None)


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _indented(section: Mapping[str, object]) -> str:
    yaml = YAML()
    yaml.width = 120
    buffer = io.StringIO()
    yaml.dump(dict(section), buffer)
    return "".join(f"    {line}\n" for line in buffer.getvalue().splitlines())


def survey(draft: Draft, settings: JobSettings, environment: Mapping[str, str] | None = None) -> Draft:
    """Look at an org and return its draft with everything agreed to that is proposed; writes nothing anywhere.

    Args:
        draft: How to reach the org.
        settings: Time.
        environment: Where `${NAME}` is looked up; the process's own by default.

    Raises:
        ConfigError: The connection does not hold, or a variable it names is not set.
        ConnectorError: The org cannot be reached or looked at.
    """
    text = "version: 1\norgs:\n" + scaffolding(draft.connector).section(draft.org, draft.connection, None, {})
    policy = parse_policy(text, path=Path("the draft"), rules=(), environment=environment)
    runtime = Runtime(clock=settings.clock, sleep=settings.sleep, timezone=ZoneInfo("UTC"), wanted=frozenset())
    connector = scaffolding(draft.connector).open(policy.settings[draft.org], runtime)
    try:
        found = connector.survey()
    finally:
        connector.close()
    return replace(draft, survey=found, answers=found.proposed)


def read_answer(proposal: Proposal, typed: str) -> tuple[str, ...]:
    """Return what a person chose: nothing typed agrees, `-` leaves it out, numbers and names choose candidates.

    Raises:
        ConfigError: It is none of these, or several where one is wanted.
    """
    words = [word.strip() for word in typed.split(",") if word.strip()]
    if not words:
        return proposal.chosen
    if words == [LEAVE_OUT]:
        return ()
    values = tuple(dict.fromkeys(_chosen(proposal, word) for word in words))
    if len(values) > 1 and not proposal.several:
        raise ConfigError("choose one only")
    return values


def _chosen(proposal: Proposal, word: str) -> str:
    numbered = {str(number): candidate.value for number, candidate in enumerate(proposal.candidates, start=1)}
    named = {value.casefold(): value for value in proposal.chosen}
    for candidate in proposal.candidates:
        named[candidate.label.casefold()] = candidate.value
        named[candidate.value.casefold()] = candidate.value
    found = numbered.get(word) or named.get(word.casefold())
    if found is None:
        choices = f"a number from 1 to {len(numbered)}, " if numbered else ""
        raise ConfigError(f"{word!r} is none of these; type {choices}Enter to agree, or {LEAVE_OUT} to leave it out")
    return found


def draft_policy(drafts: tuple[Draft, ...]) -> str:
    """Return the policy file of some drafts.

    Raises:
        ConfigError: There is no draft, or two are called the same.

    Example:
        >>> from kam_sync.surveying import usual_draft
        >>> "connector: salesforce" in kam_sync.draft_policy((usual_draft("salesforce"),))
        True
    """
    names = [draft.org for draft in drafts]
    if not names:
        raise ConfigError("say which CRM the policy is for: --salesforce, --hubspot, or both")
    if len(set(names)) != len(names):
        raise ConfigError(f"two orgs are called {names[0]!r}; rename one in the file that they are connected as")
    known = {draft.org: draft.fallback for draft in drafts if draft.fallback is not None}
    return policy_text((draft.section for draft in drafts), known if len(known) == len(drafts) else None)
