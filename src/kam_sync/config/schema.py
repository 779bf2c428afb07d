"""The policy file as JSON Schema (draft 2020-12), for editors and other tools, made from the models that judge it.

A schema says less than the models: what depends on several keys at once, or on the rules' own checks, only
`kam-sync validate` knows. It never refuses a policy that holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TypeAlias

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from kam_sync.config.models import OrgPolicy, Policy
from kam_sync.registry import load_connector
from kam_sync.rules_api import RuleFacts

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Schema: TypeAlias = dict[str, Json]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE: Final = "EnvironmentVariable"
_NARROWING: Final = frozenset({"pattern", "enum", "format", "minLength", "maxLength"})
"""What keeps `${NAME}` out of a text although the file may hold it there."""
_ARGUMENT: Final = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def policy_schema(connectors: Collection[str], rules: Sequence[RuleFacts]) -> Schema:
    """Return the schema of a policy file.

    Args:
        connectors: Names of installed connectors that an org may have.
        rules: The installed rules, whose codes and parameters it knows.

    Raises:
        ConfigError: No connector of such a name is installed.

    Example:
        >>> schema = kam_sync.policy_schema(["memory"], kam_sync.load_rules())
        >>> sorted(schema["properties"])[:2]
        ['assignments', 'digest']
    """
    settings = {name: load_connector(name).settings_model for name in sorted(connectors)}
    definitions = _definitions([Policy, *settings.values()], rules)
    policy = _object(definitions.pop(Policy.__name__))
    org = _object(definitions.pop(OrgPolicy.__name__))
    for name, model in settings.items():
        definitions[f"org with {name}"] = _joined(org, _object(definitions.pop(_defined(model, definitions))), name)
    definitions[_VARIABLE] = {
        "type": "string",
        "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
        "description": "The value of an environment variable.",
    }
    _tell_orgs_apart(_object(_object(policy["properties"])["orgs"]), sorted(settings))
    described = _object(policy["properties"])
    described["version"] = {"const": 1, "description": _text(_object(described["version"]).get("description"))}
    return {"$schema": DIALECT, "title": "kam-sync policy", **policy, "$defs": dict(sorted(definitions.items()))}


def argument_descriptions(model: type[BaseModel]) -> Mapping[str, str]:
    """Return what the docstrings of a model and its bases say of its keys under `Args:`, each in one line."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            _, _, below = (base.__doc__ or "").partition("Args:\n")
            found |= {name: " ".join(text.split()) for name, text in _ARGUMENT.findall(_dedented(below))}
    return found


def _dedented(text: str) -> str:
    """Return the lines below `Args:` with names indented by four spaces, as they are in a docstring at column 0."""
    lines = [line for line in text.splitlines() if line.strip()]
    margin = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    return "\n".join(" " * 4 + line[margin:] for line in lines)


# -- pydantic's schema, made to say what a file may hold ---------------------------------------------------------------


def _definitions(models: Sequence[type[BaseModel]], rules: Sequence[RuleFacts]) -> Schema:
    parameters = list({rule.params_model for rule in rules if rule.params_model.model_fields})
    every = [*models, *parameters]
    refs, whole = models_json_schema([(model, "validation") for model in every], ref_template="#/$defs/{model}")
    definitions = _object(whole["$defs"])
    named = {_text(_object(refs[model, "validation"])["$ref"]).rpartition("/")[2]: model for model in every}
    for model in [*models]:
        _describe(model, definitions, set())
    _know_rules(definitions, rules, {model: name for name, model in named.items()})
    return {name: _finished(schema) for name, schema in definitions.items()}


def _describe(model: type[BaseModel], definitions: Schema, done: set[type[BaseModel]]) -> None:
    """Put into the definition of a model, and of the models below it, what their docstrings say of each key."""
    if model in done:
        return
    done.add(model)
    schema = _object(definitions[_defined(model, definitions)])
    schema["description"] = summary_of(model)
    said = argument_descriptions(model)
    for name, field in model.model_fields.items():
        for key in (name, field.alias or name):
            properties = _object(schema.get("properties", {}))
            if key in properties and (text := field.description or said.get(name)):
                _object(properties[key])["description"] = text
        for below in models_in(field.annotation):
            _describe(below, definitions, done)


def summary_of(model: type[BaseModel]) -> str:
    """Return what a model's docstring says before its `Args:`, in one line."""
    return " ".join((model.__doc__ or "").partition("Args:\n")[0].split())


def models_in(annotation: object) -> list[type[BaseModel]]:
    """Return the models that an annotation names, inside mappings, unions and lists too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    arguments = getattr(annotation, "__args__", ())
    return [model for argument in arguments for model in models_in(argument)]


def _defined(model: type[BaseModel], definitions: Schema) -> str:
    """Return the name under which a model is defined: its own, or where several share it, with its module's."""
    full = f"{model.__module__}.{model.__qualname__}".replace(".", "__")
    return model.__name__ if model.__name__ in definitions else full


def _know_rules(definitions: Schema, rules: Sequence[RuleFacts], named: Mapping[type[BaseModel], str]) -> None:
    """Say of codes which there are, and of each rule which parameters it takes."""
    codes: Json = {"type": "string", "minLength": 1, "anyOf": [{"enum": [rule.code for rule in rules]}, {}]}
    policy = _object(_object(definitions["RulesPolicy"])["properties"])
    for name in ("select", "ignore"):
        _object(policy[name])["items"] = codes
    _object(_object(_object(definitions["SuppressionPolicy"])["properties"])["code"])["anyOf"] = _list(
        _object(codes)["anyOf"]
    )
    settings = _object(policy["settings"])
    known: Schema = {}
    for rule in rules:
        params: Json = {"type": "object", "additionalProperties": False}
        if rule.params_model in named:
            params = {"$ref": f"#/$defs/{named[rule.params_model]}"}
        known[rule.code] = {
            "description": " ".join(rule.summary.split()),
            "allOf": [{"$ref": "#/$defs/RuleSettings"}, {"properties": {"params": params}}],
        }
    settings["properties"] = known


def _joined(org: Schema, settings: Schema, connector: str) -> Schema:
    """Return the section of an org: what every org has, and what its connector's settings hold."""
    properties = {**_object(org["properties"]), **_object(settings["properties"])}
    said = _object(properties["connector"]).get("description")
    properties["connector"] = {"const": connector, **({"description": said} if said else {})}
    return {
        "type": "object",
        "description": settings.get("description"),
        "properties": properties,
        "required": [*_list(org.get("required", [])), *_list(settings.get("required", []))],
        "additionalProperties": False,
    }


def _tell_orgs_apart(orgs: Schema, connectors: Sequence[str]) -> None:
    """Judge each org by the connector that it names, so that an editor speaks of its mistakes only."""
    orgs["additionalProperties"] = {
        "type": "object",
        "required": ["connector"],
        "properties": {"connector": {"enum": [*connectors]}},
        "allOf": [
            {
                "if": {"properties": {"connector": {"const": name}}, "required": ["connector"]},
                "then": {"$ref": f"#/$defs/org with {name}"},
            }
            for name in connectors
        ],
    }


def _finished(schema: Json) -> Json:
    """Return a schema without pydantic's titles, and with `${NAME}` wherever it may stand."""
    return _walked(schema, lambda node: _with_variable(_without_title(node)))


def _walked(node: Json, change: Callable[[Schema], Schema]) -> Json:
    if isinstance(node, list):
        return [_walked(item, change) for item in node]
    if not isinstance(node, dict):
        return node
    below: Schema = {}
    for key, value in node.items():
        if key == "properties":
            below[key] = {name: _walked(schema, change) for name, schema in _object(value).items()}
        elif key in {"default", "enum", "const", "required", "discriminator", "propertyNames"}:
            below[key] = value
        else:
            below[key] = _walked(value, change)
    return change(below)


def _without_title(node: Schema) -> Schema:
    return {key: value for key, value in node.items() if key not in {"title", "discriminator", "writeOnly"}}


def _with_variable(node: Schema) -> Schema:
    scalar = node.get("type") in {"integer", "number", "boolean"} or (
        (node.get("type") == "string" and bool(_NARROWING & node.keys())) and "anyOf" not in node
    )
    if not scalar:
        return node
    outside: Schema = {key: node[key] for key in ("default", "description") if key in node}
    inside = {key: value for key, value in node.items() if key not in outside}
    return {"anyOf": [inside, {"$ref": f"#/$defs/{_VARIABLE}"}], **outside}


def _object(value: Json) -> Schema:
    if not isinstance(value, dict):
        raise TypeError(f"a part of the schema is no object: {value!r}")
    return value


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError(f"a part of the schema is no list: {value!r}")
    return value


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
