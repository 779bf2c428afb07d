"""A local HubSpot: a portal on loopback that behaves as HubSpot documents, for demo, tests and play.

Only what is known of HubSpot's API is served; everything else is refused with status 501. It knows nothing
of kam-sync's HubSpot connector, nor the connector of it.
"""

from __future__ import annotations

from kam_sync_hubspot.local_crm.crm import LocalHubSpot
from kam_sync_hubspot.local_crm.exchange import Exchange
from kam_sync_hubspot.local_crm.faults import Fault, FaultKind, Faults
from kam_sync_hubspot.local_crm.limits import RateLimits
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.people import HubSpotPeople
from kam_sync_hubspot.local_crm.switches import RequiredProperty, Switches

__all__ = [
    "Exchange",
    "Fault",
    "FaultKind",
    "Faults",
    "HubSpotPeople",
    "LocalHubSpot",
    "ObjectType",
    "RateLimits",
    "RequiredProperty",
    "Switches",
]
