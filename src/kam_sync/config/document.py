"""The text of a policy file as YAML that knows its lines.

Here environment variables are put in, secrets refused, and mistakes turned into errors that name line and key.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from kam_sync.config.digest import is_secret_url
from kam_sync.config.places import Location, keys_of, place_of
from kam_sync.errors import ConfigError

ENVIRONMENT: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
"""A reference to an environment variable inside a value."""
SECRETS: Final = frozenset({"access_token", "consumer_secret", "password", "private_key"})
"""Keys whose values may stand in a policy file only as a reference to the environment."""

ModelT = TypeVar("ModelT", bound=BaseModel)


class Document:
    """A policy file's text.

    Raises:
        ConfigError: It is not YAML, holds a key twice, or is no mapping; so does every method, with line and key.
    """

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._data = read_yaml(text, path)

    @property
    def digest(self) -> str:
        """What identifies the content; layout and the values of environment variables make no difference."""
        return hashlib.sha256(json.dumps(_plain(self._data), sort_keys=True, default=str).encode()).hexdigest()[:32]

    def resolved(self, environment: Mapping[str, str]) -> object:
        """Return the content with `${NAME}` replaced; a secret that is written out is an error."""
        orgs = self._data.get("orgs")
        loopback = {
            ("orgs", str(name))
            for name, org in (orgs.items() if isinstance(orgs, dict) else ())
            if isinstance(org, dict) and org.get("allow_loopback_http") is True
        }
        for location, value in _strings(self._data, ()):
            secret = location[-1] in SECRETS or is_secret_url(location, value)
            if secret and location[:2] not in loopback and not ENVIRONMENT.fullmatch(value):
                raise self.error(
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
                    raise self.error(location, f"the environment variable {name} is not set")
                return environment[name]

            return ENVIRONMENT.sub(lookup, str(value))
        return value

    def validate(
        self, model: type[ModelT], data: object, section: Location, *, beside: type[BaseModel] | None = None
    ) -> ModelT:
        """Return a section as its model; `beside` is a model whose keys stand in the same section."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            found = _most_telling(error.errors(include_input=False, include_url=False))
        place, keys = place_of(model, found["loc"])
        if found["type"] in {"union_tag_invalid", "union_tag_not_found"}:
            raise self._untold_kind(found, (*section, *place))
        if found["type"] == "extra_forbidden":
            also = keys_of(beside) if len(place) == 1 else ()
            raise self.error((*section, *place), f"unknown key{suggestion(str(place[-1]), (*keys, *also))}")
        raise self.error((*section, *place), self._message(found, (*section, *place)))

    def _untold_kind(self, found: ErrorDetails, place: Location) -> ConfigError:
        """Return the error for a section that does not say, by a key of its own, which of several shapes it has."""
        context = found.get("ctx", {})
        known = tuple(re.findall(r"'([^']*)'", str(context.get("expected_tags", ""))))
        key = str(context.get("discriminator", "")).strip("'")
        if found["type"] == "union_tag_not_found":
            return self.error(place, f"say with `{key}` what this is")
        written = str(context.get("tag"))
        return self.error((*place, key), f"{written!r} is none of its values{suggestion(written, known)}")

    def _message(self, found: ErrorDetails, place: Location) -> str:
        """Return what is wrong with a value, in words of the file rather than of Python."""
        if found["type"] in {"enum", "literal_error"}:
            known = tuple(re.findall(r"'([^']*)'", str(found.get("ctx", {}).get("expected", ""))))
            written = str(place[-1]) if found["loc"] and found["loc"][-1] == "[key]" else self._written(place)
            if written is not None and known:
                return f"{written!r} is none of its values{suggestion(written, known)}"
        if found["type"] in _TYPES:
            return f"expected {_TYPES[found['type']]}"
        message = found["msg"].removeprefix("Value error, ")
        return message[0].lower() + message[1:]

    def _written(self, place: Location) -> str | None:
        """Return the text that stands at a place in the file, as it is written there."""
        data: object = self._data
        for part in place:
            if isinstance(data, dict):
                data = next((value for key, value in data.items() if str(key) == str(part)), None)
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                data = data[part]
            else:
                return None
        return str(data) if isinstance(data, (str, int, float)) else None

    def error(self, location: Location, message: str) -> ConfigError:
        """Return the error for a place, with the line of it or of the nearest thing above it that is in the file."""
        key = ".".join(str(part) for part in location)
        return ConfigError(f"{self._path}:{_line(self._data, location)}: {key}: {message}")


_TYPES: Final = {
    "tuple_type": "a list such as [one, two]",
    "list_type": "a list such as [one, two]",
    "set_type": "a list such as [one, two]",
    "frozen_set_type": "a list such as [one, two]",
    "string_type": "text; put a number in quotation marks",
    "dict_type": "a mapping of keys to values",
    "mapping_type": "a mapping of keys to values",
    "model_type": "a section with keys of its own",
    "model_attributes_type": "a section with keys of its own",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
}
"""pydantic's types of errors, as the writer of a policy file would say what belongs there."""


def suggestion(word: str, known: tuple[str, ...]) -> str:
    """Return what was probably meant, or else what there is, as the end of a message."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(sorted(known))}" if known else ""


def _most_telling(errors: list[ErrorDetails]) -> ErrorDetails:
    """Return the first unknown key, since a misspelt key makes another one look missing, else the first error."""
    return next((error for error in errors if error["type"] == "extra_forbidden"), errors[0])


def read_yaml(text: str, path: Path) -> CommentedMap:
    """Return a policy file's text as YAML that knows its lines; raises ConfigError. `path` serves messages."""
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
        if isinstance(data, CommentedMap):
            keys = [key for key in data if str(key) == str(part)]
            if not keys:
                break
            line = _key_line(data, keys[0]) or line
            data = data[keys[0]]
        elif isinstance(data, CommentedSeq) and isinstance(part, int) and part < len(data):
            line = data.lc.item(part)[0] + 1
            data = data[part]
        else:
            break
    return line


def _key_line(data: CommentedMap, key: object) -> int | None:
    """Return the line of a key; that of a key which came in by a merge (`<<`) is where it was written."""
    if key in (data.lc.data or {}):
        return int(data.lc.key(key)[0]) + 1
    return next((_key_line(source, key) for source in data.merge if key in source), None)
