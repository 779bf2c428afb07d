"""Reading a policy file: doubled keys, unknown keys and wrong values are said with line, key and suggestion."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from kam_sync.config.models import Policy
from kam_sync.engine import ConfiguredRule, RuleTuning, Suppression
from kam_sync.errors import ConfigError
from kam_sync.registry import connector_names, load_connector
from kam_sync.rules_api import Rule, RuleParams

ENVIRONMENT: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A reference to an environment variable inside a value."""
SECRETS: Final = frozenset({"access_token", "consumer_secret", "private_key"})
"""Keys whose values may stand in a policy file only as a reference to the environment."""

Location = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPolicy:
    """A policy that holds: with its rules and connector settings checked.

    `digest` identifies the policy's text, secrets not resolved; `folder` is what relative paths start from.
    """

    policy: Policy
    settings: Mapping[str, BaseModel]
    rules: tuple[ConfiguredRule, ...]
    digest: str
    folder: Path

    def suppressions(self, org: str) -> tuple[Suppression, ...]:
        """Return the suppressions that hold for an org."""
        return tuple(
            Suppression(code=s.code, account_id=s.account, key=s.key, until=s.until, reason=s.reason)
            for s in self.policy.suppress
            if s.org in {None, org}
        )

    @property
    def state_url(self) -> str:
        """The URL of the state database, a relative SQLite path taken from the policy's folder."""
        prefix = "sqlite:///"
        state = self.policy.state
        if state.startswith(prefix) and state != prefix and not state.startswith(f"{prefix}:memory:"):
            return f"{prefix}{(self.folder / state.removeprefix(prefix)).resolve()}"
        return state


def load_policy(path: Path, rules: tuple[Rule, ...], environment: Mapping[str, str] | None = None) -> LoadedPolicy:
    """Read and check a policy file.

    Args:
        path: The file.
        rules: The installed rules.
        environment: Where `${NAME}` is looked up; the process's own by default.

    Raises:
        ConfigError: Something in the file must be changed; the message says line, key and what to do.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"there is no policy file {path}; make one with `kam-sync init`") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the policy file {path} cannot be read: {type(error).__name__}") from None
    return parse_policy(text, path=path, rules=rules, environment=environment)


def parse_policy(
    text: str, *, path: Path, rules: tuple[Rule, ...], environment: Mapping[str, str] | None = None
) -> LoadedPolicy:
    """Check the text of a policy file; `path` serves messages and relative paths. Raises ConfigError."""
    document = _Document(path, _yaml(text, path))
    plain = document.resolved(os.environ if environment is None else environment)
    policy = document.validate(Policy, plain, ())
    settings = {}
    for name, org in policy.orgs.items():
        if org.connector not in connector_names():
            document.fail(
                ("orgs", name, "connector"),
                f"no connector {org.connector!r} is installed{_suggest(org.connector, connector_names())}",
            )
        model = load_connector(org.connector).settings_model
        settings[name] = document.validate(model, org.settings, ("orgs", name))
    return LoadedPolicy(
        policy=policy,
        settings=settings,
        rules=_configure(policy, rules, document),
        digest=hashlib.sha256(json.dumps(document.plain(), sort_keys=True, default=str).encode()).hexdigest()[:32],
        folder=path.resolve().parent,
    )


def _yaml(text: str, path: Path) -> CommentedMap:
    try:
        data = YAML(typ="rt").load(text)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        key = re.search(r'duplicate key "([^"]*)"', str(error.problem))
        raise ConfigError(
            f"{path}:{line}: the key {key.group(1) if key else '?'!r} stands here twice; keep one"
        ) from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ConfigError(f"{path}:{line}: this is not YAML: {error.problem}") from None
    except YAMLError as error:
        raise ConfigError(f"{path}: this is not YAML: {type(error).__name__}") from None
    if not isinstance(data, CommentedMap):
        raise ConfigError(f"{path}: a policy file is a mapping that begins with `version: 1`; see `kam-sync init`")
    return data


class _Document:
    """The parsed YAML with its line numbers."""

    def __init__(self, path: Path, data: CommentedMap) -> None:
        self._path = path
        self._data = data

    def plain(self) -> object:
        return _plain(self._data)

    def resolved(self, environment: Mapping[str, str]) -> object:
        orgs = self._data.get("orgs")
        loopback = {
            ("orgs", str(name))
            for name, org in (orgs.items() if isinstance(orgs, dict) else ())
            if isinstance(org, dict) and org.get("allow_loopback_http") is True
        }
        for location, value in _strings(self._data, ()):
            if location[-1] in SECRETS and location[:2] not in loopback and not ENVIRONMENT.fullmatch(value):
                self.fail(
                    location,
                    "a secret stands here only as ${NAME} of an environment variable, "
                    f"such as ${{{str(location[-1]).upper()}}}",
                )
        return self._substitute(self._data, (), environment)

    def _substitute(self, value: object, location: Location, environment: Mapping[str, str]) -> object:
        if isinstance(value, dict):
            return {str(k): self._substitute(v, (*location, str(k)), environment) for k, v in value.items()}
        if isinstance(value, list):
            return [self._substitute(v, (*location, i), environment) for i, v in enumerate(value)]
        if isinstance(value, str):

            def lookup(match: re.Match[str]) -> str:
                name = match.group(1)
                if name not in environment:
                    self.fail(location, f"the environment variable {name} is not set")
                return environment[name]

            return ENVIRONMENT.sub(lookup, str(value))
        return value

    def validate(self, model: type[ModelT], data: object, prefix: Location) -> ModelT:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            location = (*prefix, *first["loc"])
            if first["type"] == "extra_forbidden":
                allowed = _allowed(model, first["loc"][:-1])
                self.fail(location, f"unknown key{_suggest(str(first['loc'][-1]), allowed)}")
            message = first["msg"].removeprefix("Value error, ")
            self.fail(location, message[0].lower() + message[1:])

    def fail(self, location: Location, message: str) -> NoReturn:
        line = _line(self._data, location)
        key = ".".join(str(part) for part in location)
        raise ConfigError(f"{self._path}:{line}: {key}: {message}")


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _strings(value: object, location: Location) -> Iterator[tuple[Location, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, (*location, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, (*location, index))
    elif isinstance(value, str):
        yield location, value


def _line(data: object, location: Location) -> int:
    """Return the line (from 1) of a key, or of the nearest thing above it that is in the file."""
    line = 1
    for part in location:
        if isinstance(data, CommentedMap) and part in data:
            line = data.lc.key(part)[0] + 1
            data = data[part]
        elif isinstance(data, CommentedSeq) and isinstance(part, int) and part < len(data):
            line = data.lc.item(part)[0] + 1
            data = data[part]
        else:
            break
    return line


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _allowed(model: type[BaseModel], location: Location) -> tuple[str, ...]:
    """Return the keys that may stand at a place of a model."""
    models = [model]
    for part in location:
        inner = [
            found
            for candidate in models
            if isinstance(part, str) and part in candidate.model_fields
            for found in _models_in(candidate.model_fields[part].annotation)
        ]
        models = inner or models
    return tuple(name for candidate in models for name in candidate.model_fields)


def _suggest(word: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(sorted(known))}" if known else ""


def _configure(policy: Policy, rules: tuple[Rule, ...], document: _Document) -> tuple[ConfiguredRule, ...]:
    codes = tuple(rule.code for rule in rules)
    by_code = {rule.code: rule for rule in rules}
    for name, prefixes in (("select", policy.rules.select), ("ignore", policy.rules.ignore)):
        for index, prefix in enumerate(prefixes):
            if not any(code.startswith(prefix) for code in codes):
                document.fail(("rules", name, index), f"no rule begins with {prefix!r}{_suggest(prefix, codes)}")
    for code in policy.rules.settings:
        if code not in by_code:
            document.fail(("rules", "settings", code), f"there is no such rule{_suggest(code, codes)}")
    for index, suppression in enumerate(policy.suppress):
        if not any(code.startswith(suppression.code) for code in codes):
            document.fail(("suppress", index, "code"), f"no rule begins with it{_suggest(suppression.code, codes)}")
        if suppression.org is not None and suppression.org not in policy.orgs:
            document.fail(
                ("suppress", index, "org"), f"there is no such org{_suggest(suppression.org, tuple(policy.orgs))}"
            )
    return tuple(_configured(rule, policy, document) for rule in rules if _selected(rule.code, policy))


def _selected(code: str, policy: Policy) -> bool:
    def longest(prefixes: tuple[str, ...]) -> int:
        return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)

    return longest(policy.rules.select) > longest(policy.rules.ignore)


def _configured(rule: Rule, policy: Policy, document: _Document) -> ConfiguredRule:
    settings = policy.rules.settings.get(rule.code)
    if settings is None:
        return ConfiguredRule(rule=rule, tuning=RuleTuning(params=rule.params_model()))
    place = ("rules", "settings", rule.code)

    def params(given: Mapping[str, object], location: Location) -> RuleParams:
        return document.validate(rule.params_model, given, location)

    return ConfiguredRule(
        rule=rule,
        tuning=RuleTuning(params=params(settings.params, (*place, "params")), severity=settings.severity),
        for_days=settings.for_days,
        tiers={
            tier: RuleTuning(
                params=params({**settings.params, **tuning.params}, (*place, "tiers", tier, "params")),
                severity=settings.severity if tuning.severity is None else tuning.severity,
            )
            for tier, tuning in settings.tiers.items()
        },
    )
