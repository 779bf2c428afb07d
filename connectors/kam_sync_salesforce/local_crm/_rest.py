"""The API as a whole: which path leads where, who may call, and how errors are answered."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from kam_sync_salesforce.local_crm import _resources, _tooling
from kam_sync_salesforce.local_crm._call import Call
from kam_sync_salesforce.local_crm._cascade import purge
from kam_sync_salesforce.local_crm._catalogue import Catalogue, Switches
from kam_sync_salesforce.local_crm._collections import collections, collections_of_type, upsert_collection
from kam_sync_salesforce.local_crm._composite import batch, composite
from kam_sync_salesforce.local_crm._database import Database
from kam_sync_salesforce.local_crm._errors import (
    ApiError,
    OAuthError,
    RowError,
    method_not_allowed,
    not_served,
    resource_not_found,
)
from kam_sync_salesforce.local_crm._faults import Fault, FaultKind
from kam_sync_salesforce.local_crm._http import Request, Response
from kam_sync_salesforce.local_crm._security import Guard, guard_of
from kam_sync_salesforce.local_crm._sessions import Sessions
from kam_sync_salesforce.local_crm._usage import Usage

OLDEST_VERSION: Final = 31
NEWEST_VERSION: Final = 68
"""The versions that Salesforce answers in late 2026; 68 is Winter '27, 21 to 30 are gone."""
_SEASONS: Final = ("Spring", "Summer", "Winter")

_VERSIONED: Final = re.compile(r"/services/data/v(\d{2})\.0(/.*)?")
_NAME: Final = r"([A-Za-z][A-Za-z0-9_]*)"
_NOT_SERVED: Final = frozenset(
    {
        "actions",
        "analytics",
        "appmenu",
        "chatter",
        "connect",
        "graphql",
        "jobs",
        "parameterizedSearch",
        "process",
        "quickActions",
        "recent",
        "search",
        "support",
        "tabs",
        "theme",
        "ui-api",
        "wave",
    },
)
"""What Salesforce has under a version and the local Salesforce refuses by name."""

Handler = Callable[..., Response]

_ROUTES: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = tuple(
    (re.compile(pattern), handler)
    for pattern, handler in (
        (r"", _resources.resources),
        (r"/limits", _resources.limits),
        (r"/(query|queryAll)", _resources.query),
        (r"/(query|queryAll)/([^/]+)", _resources.query_more),
        (r"/sobjects", _resources.global_describe),
        (rf"/sobjects/{_NAME}", _resources.object_root),
        (rf"/sobjects/{_NAME}/describe", _resources.describe),
        (rf"/sobjects/{_NAME}/deleted", _resources.deleted),
        (rf"/sobjects/{_NAME}/updated", _resources.updated),
        (rf"/sobjects/{_NAME}/([^/]+)", _resources.record),
        (rf"/sobjects/{_NAME}/{_NAME}/([^/]+)", _resources.record_by_key),
        (r"/tooling/query", _tooling.query),
        (r"/tooling/sobjects/CustomField", _tooling.custom_fields),
        (r"/tooling/sobjects/CustomField/([^/]+)", _tooling.custom_field),
        (r"/tooling/sobjects/StandardValueSet/([^/]+)", _tooling.standard_value_set),
        (r"/composite/sobjects", collections),
        (rf"/composite/sobjects/{_NAME}", collections_of_type),
        (rf"/composite/sobjects/{_NAME}/{_NAME}", upsert_collection),
    )
)

_CANNED: Final = {
    FaultKind.SESSION_EXPIRED: (401, "INVALID_SESSION_ID", "Session expired or invalid"),
    FaultKind.TOTAL_LIMIT: (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
    FaultKind.CONCURRENT_LIMIT: (
        403,
        "REQUEST_LIMIT_EXCEEDED",
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
    ),
}
_HTML: Final = "<html><head><title>Salesforce</title></head><body><h1>We are down for maintenance.</h1></body></html>"


class RestApi:
    """Answers requests; knows nothing of sockets.

    Args:
        db: The state.
        now: The present moment.
        org_id: Id of the Organization.
        api_user: Id of the user as whom the API writes.
    """

    def __init__(self, db: Database, now: Callable[[], dt.datetime], *, org_id: str, api_user: str) -> None:
        self._db = db
        self._now = now
        self._org_id = org_id
        self._api_user = api_user
        self._purged: dt.date | None = None
        self._view: tuple[Catalogue, Switches, float, Guard, Catalogue] | None = None
        self.switches = Switches()
        self.sessions = Sessions(db, now)
        self.usage = Usage(db, now)
        self.instance_url = ""

    def answer(self, request: Request, fault: Fault | None) -> Response:
        """Return the answer to a request, whatever it is."""
        canned = self._canned(request, fault)
        if canned:
            return canned
        try:
            if request.path == "/services/oauth2/token":
                return self.sessions.token(
                    request,
                    instance_url=self.instance_url,
                    org_id=self._org_id,
                    user_id=self._api_user,
                )
            if request.path == "/services/data":
                return _versions(request)
            return self._versioned(request, fault)
        except OAuthError as error:
            return Response(status=400, body=error.body())
        except ApiError as error:
            return Response(status=error.status, body=error.body())

    def _canned(self, request: Request, fault: Fault | None) -> Response | None:
        if fault is None:
            return None
        if fault.kind is FaultKind.SESSION_EXPIRED:
            self.sessions.end(request.headers.get("authorization", ""))
        if fault.kind in _CANNED:
            error = ApiError(*_CANNED[fault.kind])
            return Response(status=error.status, body=error.body())
        if fault.kind is FaultKind.ERROR:
            return Response(status=fault.status, body=ApiError(fault.status, fault.code, fault.words).body())
        if fault.kind in {FaultKind.UNAVAILABLE, FaultKind.HTML_ANSWER}:
            return Response(status=503 if fault.kind is FaultKind.UNAVAILABLE else 200, body=_HTML)
        return None

    def _versioned(self, request: Request, fault: Fault | None) -> Response:
        match = _VERSIONED.fullmatch(request.path)
        if match is None:
            raise resource_not_found()
        version = int(match[1])
        if 21 <= version < OLDEST_VERSION:
            raise ApiError(410, "GONE", f"API version {version}.0 has been retired")
        if not OLDEST_VERSION <= version <= NEWEST_VERSION:
            raise resource_not_found()
        authorization = request.headers.get("authorization", "")
        if not self.sessions.accepts(authorization, hours=self.switches.session_hours):
            error = ApiError(*_CANNED[FaultKind.SESSION_EXPIRED])
            return Response(status=401, body=error.body(), headers={"WWW-Authenticate": "Token"})
        switches = self.switches
        if not self.usage.count(switches.daily_limit):
            raise ApiError(*_CANNED[FaultKind.TOTAL_LIMIT])
        self._purge()
        call = Call(
            request=request,
            version=float(version),
            view=self._seen(switches, float(version)),
            switches=switches,
            now=self._now(),
            api_user=self._api_user,
            db=self._db,
            usage=self.usage,
            fault=fault,
        )
        response = _dispatch(call)
        usage = self.usage.header(switches.daily_limit, switches.connected_app)
        return replace(response, headers={**response.headers, "Sforce-Limit-Info": usage})

    def now(self) -> dt.datetime:
        """Return the present moment of the org, which also dates its answers."""
        return self._now()

    def _seen(self, switches: Switches, version: float) -> Catalogue:
        with self._db.reading():
            whole, guard = self._db.catalogue, guard_of(self._db, self._api_user)
        kept = self._view
        if kept and kept[0] is whole and kept[1:4] == (switches, version, guard):
            return kept[4]
        view = whole.seen_by_api(switches, version, hidden=guard.hidden, locked=guard.locked)
        self._view = (whole, switches, version, guard, view)
        return view

    def _purge(self) -> None:
        today = self._now().date()
        if self._purged != today:
            purge(self._db, self._now())
            self._purged = today


def _dispatch(call: Call) -> Response:
    """Answer a call, or one of the calls inside a composite."""
    path = call.request.path[len(call.base) :]
    try:
        if path in {"/composite", "/composite/batch"}:
            return (batch if path.endswith("/batch") else composite)(call, _dispatch)
        for pattern, handler in _ROUTES:
            match = pattern.fullmatch(path)
            if match:
                return handler(call, *map(unquote, match.groups()))
        first = path.split("/")[1]
        if first in {*_NOT_SERVED, "tooling"} or path.startswith("/composite/"):
            raise not_served(f"the resource {path}")
        raise resource_not_found()
    except RowError as error:
        return Response(status=error.status, body=error.single())
    except ApiError as error:
        return Response(status=error.status, body=error.body())


def _versions(request: Request) -> Response:
    if request.method != "GET":
        raise method_not_allowed(request.method, "GET")
    versions = []
    for number in range(OLDEST_VERSION, NEWEST_VERSION + 1):
        # Version 66 is Spring '26; three versions a year, Winter being named after the next year.
        year, season = divmod(number, 3)
        label = f"{_SEASONS[season]} '{year + 4 + (season == 2):02d}"
        versions.append({"label": label, "url": f"/services/data/v{number}.0", "version": f"{number}.0"})
    return Response(body=versions)
