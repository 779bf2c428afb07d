"""What every section of the policy file is made of: the strict base, API names, lists of them.

What the sections mean is in `settings` and `_record_settings`.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

API_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
"""The shape of an object's or field's API name; names are never quoted in SOQL, so nothing else may pass."""


def api_name(value: str) -> str:
    """Return a value that is an API name.

    Raises:
        ValueError: It is none.
    """
    if not API_NAME.fullmatch(value):
        msg = "expected an API name such as Key_Account__c: letters, digits and _ only, beginning with a letter"
        raise ValueError(msg)
    return value


def _as_tuple(given: object) -> object:
    return (given,) if isinstance(given, str) else given


ApiName = Annotated[str, AfterValidator(api_name)]
_Several = Annotated[tuple[ApiName, ...], Field(min_length=1)]
ApiNames = Annotated[_Several, BeforeValidator(_as_tuple, json_schema_input_type=ApiName | _Several)]
"""One field or several, all of which must be filled."""
Finite = Annotated[float, Field(allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1, max_length=255)]


class Section(BaseModel):
    """Base of the sections: strict, and silent about values, since some of them are secret."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
