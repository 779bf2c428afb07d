"""The reference of the policy file: every section, every key, made from its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kam_sync.config.schema import Json, Schema
from kam_sync.documentation.markdown import table

NOTICE: Final = "<!-- Made by `make docs` from the models of the policy; change their docstrings, not this page. -->"
_REF: Final = "#/$defs/"
_VARIABLE: Final = f"{_REF}EnvironmentVariable"
_MOST_WORDS: Final = 8
"""Of more choices than this the table names the first ones only."""

_SCALARS: Final = {"integer": "whole number", "number": "number", "boolean": "`true` or `false`"}
_TELLING: Final = ("method", "kind")
"""Keys by which sections of several shapes are told apart."""
_CHOSEN: Final = frozenset({"enum", "const"})
_FORMATS: Final = {"date": "date", "password": "secret", "path": "path", "length of time": "length of time, as `6h`"}


def policy_page(schema: Schema) -> str:
    """Return the reference of the policy file; `schema` is what `kam_sync.policy_schema` gives."""
    return "\n".join([*_head(), *_Sections(schema).text()])


def _head() -> Iterator[str]:
    yield "# The policy file"
    yield ""
    yield NOTICE
    yield ""
    yield "Every key of `kam-sync.yaml`. An unknown key is an error. `${NAME}` in a value is replaced by the"
    yield "environment variable; secrets must be written so. [kam-sync.schema.json](kam-sync.schema.json) says the same"
    yield "for editors, and `kam-sync validate --schema` prints it for the connectors and rules that are installed. A"
    yield "policy with everything in it: [examples/kam-sync.yaml](../../examples/kam-sync.yaml)."
    yield ""


class _Sections:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._definitions = _object(schema["$defs"])
        self._orgs = sorted(name for name in self._definitions if name.startswith("org with "))

    def text(self) -> Iterator[str]:
        yield from self._section("", self._schema, 2)
        for name in self._orgs:
            yield from self._section(
                f"orgs.NAME ({name.removeprefix('org with ')})", _object(self._definitions[name]), 2
            )

    def _section(self, path: str, section: Schema, level: int) -> Iterator[str]:
        """Yield a section with its keys, then the sections below it."""
        yield f"{'#' * level} {f'`{path}`' if path and '(' not in path else path or 'The whole file'}"
        yield ""
        if said := section.get("description"):
            yield f"{said}"
            yield ""
        required = section.get("required", [])
        keys = {name: _object(given) for name, given in _object(section.get("properties", {})).items()}
        rows = []
        for name, given in keys.items():
            must = isinstance(required, list) and name in required
            rows.append(
                (f"`{name}`", self._words(given), self._default(given, must=must), str(given.get("description", "")))
            )
        yield from table(["key", "what it is", "default", "meaning"], rows)
        base = path.partition(" (")[0]
        for name, given in keys.items():
            for suffix, below in self._below(name, given):
                title = f"{base}.{suffix}".removeprefix(".")
                yield from self._section(title, below, min(level + 1, 4))

    def _below(self, path: str, node: Schema) -> Iterator[tuple[str, Schema]]:
        """Yield the sections that a key holds: itself, in a list (`[]`) or by a name (`NAME`)."""
        for member in self._members(node):
            if path == "orgs":
                return
            if _is_section(member):
                yield (f"{path}{self._variant(member)}", member)
            if isinstance(items := member.get("items"), dict):
                yield from self._below(f"{path}[]", items)
            if (values := _values(member)) is not None:
                yield from self._below(f"{path}.NAME", values)

    def _variant(self, section: Schema) -> str:
        """Return which of several shapes a section has, by the key that tells them apart; empty when it has one."""
        for key in _TELLING:
            told = _object(section["properties"]).get(key)
            if isinstance(told, dict) and "const" in told:
                return f" ({key}: {told['const']})"
        return ""

    def _members(self, node: Schema) -> list[Schema]:
        """Return what a key may be: the members of a union, references resolved, variables and null left out."""
        if node.get("$ref") == _VARIABLE or node.get("type") == "null":
            return []
        if "$ref" in node:
            return self._members(_object(self._definitions[str(node["$ref"]).removeprefix(_REF)]))
        for union in ("anyOf", "oneOf"):
            members = node.get(union)
            if isinstance(members, list) and "properties" not in node:
                rest = {key: value for key, value in node.items() if key != union}
                return [found for member in members for found in self._members({**rest, **_object(member)})]
        return [node]

    def _null(self, node: Schema) -> bool:
        members = node.get("anyOf", [])
        return isinstance(members, list) and {"type": "null"} in members

    def _words(self, node: Schema) -> str:
        members = self._members(node)
        if any(member.get("type") == "string" and not _CHOSEN & member.keys() for member in members):
            members = [member for member in members if not _CHOSEN & member.keys()]  # choices are suggestions only
        words = dict.fromkeys(self._word(member) for member in members)
        if self._null(node):
            words["null"] = None
        return " or ".join(words)

    def _word(self, node: Schema) -> str:
        if "const" in node:
            return f"`{_written(node['const'])}`"
        if isinstance(choices := node.get("enum"), list):
            shown = ", ".join(f"`{_written(choice)}`" for choice in choices[:_MOST_WORDS])
            return f"one of {shown}{', …' if len(choices) > _MOST_WORDS else ''}"
        kind = node.get("type")
        if kind == "array":
            items = node.get("items")
            words = self._words(items) if isinstance(items, dict) else "anything"
            return f"list of {'sections' if words == 'section' else words}"
        if kind == "object":
            return self._mapping(node)
        if kind == "string":
            return _FORMATS.get(str(node.get("format")), "text")
        return f"{_SCALARS[str(kind)]}{_range(node)}" if kind in _SCALARS else "anything"

    def _mapping(self, node: Schema) -> str:
        if _is_section(node):
            return "section"
        values = _values(node)
        if not values:
            return "mapping"
        names = node.get("propertyNames")
        by = f"{self._words(names)} → " if isinstance(names, dict) else "name → "
        return f"mapping: {by}{self._words(values)}"

    def _default(self, node: Schema, *, must: bool) -> str:
        if must:
            return "required"
        if "default" not in node:
            return ""
        default = node["default"]
        return (
            ""
            if isinstance(default, (dict, list)) and (not default or isinstance(default, dict))
            else f"`{_written(default)}`"
        )


def _is_section(node: Schema) -> bool:
    """Return whether an object has keys of its own, and not names that somebody chose."""
    return "properties" in node and not isinstance(node.get("additionalProperties"), dict)


def _values(node: Schema) -> Schema | None:
    """Return what stands behind each name of a mapping; None where that is not said."""
    values = node.get("additionalProperties")
    if isinstance(patterns := node.get("patternProperties"), dict):
        values = next(iter(patterns.values()))
    return values if isinstance(values, dict) else None


def _range(node: Schema) -> str:
    least, most = node.get("minimum"), node.get("maximum")
    above = node.get("exclusiveMinimum")
    if above is not None and most is not None:
        return f" above {above}, {most} at most"
    if least is not None and most is not None:
        return f" from {least} to {most}"
    return f", {least} at least" if least is not None else ""


def _written(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False).replace('"', "")


def _object(value: Json) -> Schema:
    if not isinstance(value, dict):
        raise TypeError(f"a part of the schema is no object: {value!r}")
    return value
