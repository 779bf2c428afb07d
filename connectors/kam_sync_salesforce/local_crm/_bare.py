"""The org before any administrator did anything for kam-sync: no field, object or value but Salesforce's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from kam_sync_salesforce.local_crm._schema import SObject
from kam_sync_salesforce.local_crm._words import ADDED_BUYING_ROLES, PURPOSES

_ADDED: Final = frozenset({*PURPOSES.values(), *ADDED_BUYING_ROLES})
"""Values that this org's administrators added to Salesforce's own picklists."""


def bare(objects: Iterable[SObject]) -> Iterator[SObject]:
    """Yield what is Salesforce's own of the objects."""
    for each in objects:
        if each.name.endswith("__c"):
            continue
        own = (replace(field, values=_own_values(each.name, field.values)) for field in each.fields if not field.custom)
        yield replace(each, fields=tuple(own))


def _own_values(object_name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    # "Renewal" is Salesforce's own as a type of opportunity.
    return values if object_name == "Opportunity" else tuple(value for value in values if value not in _ADDED)
