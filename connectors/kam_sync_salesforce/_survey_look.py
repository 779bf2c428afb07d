"""Looks at an org for a survey: its name, its time zone, and the objects that a policy may speak of. Schema only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

from kam_sync.setup_ports import Survey
from kam_sync_salesforce._queries import Query
from kam_sync_salesforce._roles import TEAM
from kam_sync_salesforce._schema import describe_objects, list_objects
from kam_sync_salesforce._survey import propose
from kam_sync_salesforce._survey_plans import NATIVE_PLAN, is_plan_like

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient

_OBJECTS: Final = ("Account", "Contact", TEAM, NATIVE_PLAN, "Task")
_MOST_PLANS: Final = 15
"""So many objects that are called plans are looked at."""


def survey(client: SalesforceClient) -> Survey:
    """Look at an org and propose what its section of the policy should say, in four calls beside the login."""
    listed = list_objects(client)
    plans = [each.name for each in listed if is_plan_like(each.name, each.label)]
    objects = describe_objects(client, listed, [*_OBJECTS, *plans[:_MOST_PLANS]])
    query = Query(sobject="Organization", fields=("Name", "TimeZoneSidKey"))
    organization = next((row for page in client.rows(query) for row in page), {})
    zone = str(organization.get("TimeZoneSidKey") or "")
    return Survey(
        org_name=str(organization.get("Name") or ""),
        timezone=zone if zone in available_timezones() else "UTC",
        proposals=propose(objects),
    )
