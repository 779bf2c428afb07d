"""One authorised call of the REST API with everything that its handler needs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from kam_sync_salesforce.local_crm._catalogue import Catalogue, Switches
from kam_sync_salesforce.local_crm._database import Database
from kam_sync_salesforce.local_crm._derived import Act
from kam_sync_salesforce.local_crm._errors import ApiError, RowError, resource_not_found
from kam_sync_salesforce.local_crm._faults import Fault, FaultKind
from kam_sync_salesforce.local_crm._http import Request
from kam_sync_salesforce.local_crm._query import QueryRunner, page_size
from kam_sync_salesforce.local_crm._records import Writer
from kam_sync_salesforce.local_crm._schema import Field, SObject
from kam_sync_salesforce.local_crm._soql_paths import Scope
from kam_sync_salesforce.local_crm._usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call and its surroundings.

    Args:
        request: The request.
        version: The version of the API, such as 66.0.
        view: The objects and fields that the API user sees with this version.
        switches: How the org is set up.
        now: The moment of the call.
        api_user: Id of the user as whom the API writes.
        db: The state.
        usage: The count of calls.
        fault: The fault that befalls the call.
    """

    request: Request
    version: float
    view: Catalogue
    switches: Switches
    now: dt.datetime
    api_user: str
    db: Database
    usage: Usage
    fault: Fault | None = None

    @property
    def base(self) -> str:
        """The path of the API version."""
        return f"/services/data/v{self.version:.1f}"

    def writer(self) -> Writer:
        """Return what writes in the name of the API user."""
        return Writer(
            db=self.db,
            view=self.view,
            act=Act(user_id=self.api_user, at=self.now),
            by_api=True,
            hidden_accounts=self.switches.hidden_accounts,
        )

    def queries(self, *, include_all: bool) -> QueryRunner:
        """Return what runs queries for the API user."""
        scope = Scope(
            view=self.view,
            hidden_accounts=self.switches.hidden_accounts,
            include_all=include_all,
            today=self.now.date(),
        )
        size = page_size(self.request.headers.get("sforce-query-options"), self.switches.page_size)
        return QueryRunner(db=self.db, scope=scope, now=self.now, base=self.base, size=size)

    def object_named(self, name: str) -> SObject:
        """Return the object that a path names; raises ApiError 404."""
        found = self.view.find(name)
        if found is None:
            raise resource_not_found()
        return found

    def key_field(self, seen: SObject, name: str) -> Field:
        """Return the external-id field that a path names; raises ApiError 404."""
        found = seen.field(name)
        if found is None or not found.external_id:
            message = f"Provided external ID field does not exist or is not accessible: {name}"
            raise ApiError(404, "NOT_FOUND", message)
        return found

    def check_row_fault(self, row: int, record: Mapping[str, object]) -> None:
        """Raise the RowError that a fault has for this record of the request."""
        fault = self.fault
        if fault and fault.kind is FaultKind.ROW_ERROR and fault.hits(row, json.dumps(record, ensure_ascii=False)):
            raise RowError(fault.code, fault.words)
