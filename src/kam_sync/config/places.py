"""Where in a document an error of pydantic's is, whose locations hold more than keys, and what may stand there."""

from __future__ import annotations

import types
from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Location = tuple[str | int, ...]

_KEY_MARK: Final = "[key]"
"""What pydantic puts behind the key of a mapping when the key itself is wrong."""


def keys_of(model: object) -> tuple[str, ...]:
    """Return the keys that may stand in a model's section, as they are written; none for anything but a model."""
    if not _is_model(model):
        return ()
    return tuple(written_as(name, field) for name, field in model.model_fields.items())


def place_of(model: type[BaseModel], location: Location) -> tuple[Location, tuple[str, ...]]:
    """Return where in the document an error is, and the keys that may stand beside its last part.

    Pydantic puts the member of a union that it tried (`auth.jwt.username`) and marks such as `[key]` into its
    locations; neither is a part of the document.
    """
    shape: object = model
    place: list[str | int] = []
    keys: tuple[str, ...] = ()
    for part in location:
        if part == _KEY_MARK:
            break
        members = _members(shape)
        if len(members) > 1:
            shape = _tried(members, str(part))
            continue
        inside = _inside(members[0], part)
        if inside is None:
            break
        keys = keys_of(members[0])
        place.append(part)
        shape = inside
    return tuple(place), keys


def written_as(name: str, field: FieldInfo) -> str:
    """Return what a field of a model is called in the file, such as `from`, which Python does not take for a name."""
    return field.validation_alias if isinstance(field.validation_alias, str) else name


def _is_model(shape: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _members(shape: object) -> tuple[object, ...]:
    """Return the members of a union without None; of anything else itself."""
    if get_origin(shape) is Annotated:
        return _members(get_args(shape)[0])
    if get_origin(shape) in {Union, types.UnionType}:
        given = (member for member in get_args(shape) if member is not types.NoneType)
        return tuple(inner for member in given for inner in _members(member))
    return (shape,)


def _tried(members: tuple[object, ...], label: str) -> object:
    """Return the member of a union that a label speaks of: the tag of a model, a model's name, or a type."""
    for member in members:
        if _is_model(member) and (label == member.__name__ or any(label in tags for tags in _tags(member))):
            return member
    named = (
        member for member in members if label.partition("[")[0] == getattr(get_origin(member) or member, "__name__", "")
    )
    return next(named, types.NoneType)


def _tags(model: type[BaseModel]) -> list[tuple[object, ...]]:
    return [
        get_args(field.annotation) for field in model.model_fields.values() if get_origin(field.annotation) is Literal
    ]


def _inside(shape: object, part: str | int) -> object:
    """Return the shape of a part of something; None when nothing can stand inside it."""
    if _is_model(shape):
        fields = {written_as(name, field): field for name, field in shape.model_fields.items()} | shape.model_fields
        field = fields.get(str(part))
        return object if field is None else field.annotation or object
    origin, arguments = get_origin(shape), get_args(shape)
    if not isinstance(origin, type) or not arguments:
        return None
    if issubclass(origin, Mapping):
        return arguments[1]
    return arguments[0] if issubclass(origin, Collection) and isinstance(part, int) else None
