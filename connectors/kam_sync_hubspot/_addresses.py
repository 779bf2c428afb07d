"""HubSpot's addresses by API version: the SDK only knows `/crm/v3/…` and `/crm/v4/…`."""

from __future__ import annotations

from typing import Final

_DATED_PATHS: Final = (
    ("/crm/v3/objects", "/crm/objects/{version}"),
    ("/crm/v4/associations", "/crm/associations/{version}"),
    ("/crm/v3/owners", "/crm/owners/{version}"),
    ("/crm/v3/properties", "/crm/properties/{version}"),
    ("/crm/v3/pipelines", "/crm/pipelines/{version}"),
    ("/account-info/v3", "/account-info/{version}"),
)


def versioned_path(path: str, version: str) -> str:
    """Return the address of an SDK path in an API version: `v3` leaves it, a date takes the dated form.

    Raises:
        ValueError: The path is none of those that kam-sync uses.
    """
    for old, new in _DATED_PATHS:
        if path == old or path.startswith(f"{old}/"):
            return path if version == "v3" else (new.format(version=version) + path[len(old) :]).rstrip("/")
    raise ValueError(f"no dated form is known for {path}")


def property_request(version: str, object_type: str) -> str:
    """Return the request line that creates a property, for people to send."""
    return "POST " + versioned_path(f"/crm/v3/properties/{object_type}", version)
