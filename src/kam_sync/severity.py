"""How bad a finding is; one scale for rules, tasks and exit codes."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Severity(IntEnum):
    """From `info`, which never becomes a task by default, to `critical`; comparable, written by name.

    Example:
        >>> kam_sync.Severity.HIGH > kam_sync.Severity.parse("medium")
        True
    """

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The lower-case name, as in policy files, plan files and output."""
        return self.name.lower()

    @classmethod
    def parse(cls, value: object) -> Severity:
        """Return the severity of a name in any case; raises ValueError that lists the names."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str) and value.upper() in cls.__members__:
            return cls[value.upper()]
        msg = f"expected one of {', '.join(member.label for member in cls)}"
        raise ValueError(msg)

    @classmethod
    def __get_pydantic_core_schema__(
        cls,
        source: Any,  # noqa: ANN401 - pydantic's own signature
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        """Read and write a severity by its name in JSON and YAML."""
        return core_schema.no_info_plain_validator_function(
            cls.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(lambda severity: severity.label),
            json_schema_input_schema=core_schema.literal_schema([member.label for member in cls]),
        )
