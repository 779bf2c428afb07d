"""A local Salesforce: a server on loopback that behaves as Salesforce's REST API is documented to behave.

It serves what a client for key accounts needs (queries, describe, sObject rows, collections, upsert by external id,
limits, deleted and updated) and refuses the rest loudly. It knows nothing of the connector beside it.
"""

from __future__ import annotations

from kam_sync_salesforce.local_crm._catalogue import Switches
from kam_sync_salesforce.local_crm._faults import Fault, FaultKind, Faults
from kam_sync_salesforce.local_crm._fields import FieldValue
from kam_sync_salesforce.local_crm._http import Exchange
from kam_sync_salesforce.local_crm._local_salesforce import LocalSalesforce
from kam_sync_salesforce.local_crm._people import SalesforcePeople
from kam_sync_salesforce.local_crm._schema import Field, FieldType, flag, long_text, lookup, picklist, text

__all__ = [
    "Exchange",
    "Fault",
    "FaultKind",
    "Faults",
    "Field",
    "FieldType",
    "FieldValue",
    "LocalSalesforce",
    "SalesforcePeople",
    "Switches",
    "flag",
    "long_text",
    "lookup",
    "picklist",
    "text",
]
