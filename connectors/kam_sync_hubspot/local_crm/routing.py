"""From a path to the function that answers it, under v3/v4, 2026-03 and 2026-09 alike; also tokens and scopes."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from kam_sync_hubspot.local_crm.association_routes import AssociationRoutes
from kam_sync_hubspot.local_crm.batches import Writing
from kam_sync_hubspot.local_crm.errors import invalid, missing_scopes, not_found, not_served, unauthorized
from kam_sync_hubspot.local_crm.exchange import Answer, Call
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.reading import Reading
from kam_sync_hubspot.local_crm.searching import Searching
from kam_sync_hubspot.local_crm.setup_routes import SetupRoutes

DATED: Final = ("2026-03", "2026-09")
"""The date-named versions that are served."""

Handler = Callable[[Call], Answer]
Scopes = Callable[[Call], Sequence[str]]

_LEGACY: Final = {"objects": "v3", "associations": "v4", "owners": "v3", "properties": "v3", "pipelines": "v3"}
_CRM_DATED: Final = re.compile(rf"/crm/(?P<api>[a-z]+)/(?P<version>{'|'.join(DATED)})(?P<rest>/.*)?")
_CRM_LEGACY: Final = re.compile(r"/crm/(?P<version>v[34])/(?P<api>[a-z]+)(?P<rest>/.*)?")
_ACCOUNT: Final = re.compile(rf"/(?P<api>account-info)/(?P<version>v3|{'|'.join(DATED)})(?P<rest>/.*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A path taken apart: which API in which version, and the segments after it."""

    api: str
    version: str
    segments: tuple[str, ...]


def target_of(path: str) -> Target:
    """Take a path apart; refuses with 404 what no API begins with, as the vendor would."""
    for pattern in (_CRM_DATED, _CRM_LEGACY, _ACCOUNT):
        match = pattern.fullmatch(path)
        if match is None:
            continue
        api, version, rest = match["api"], match["version"], match["rest"] or ""
        if pattern is _CRM_LEGACY and _LEGACY.get(api) != version:
            raise not_served(f"/crm/{version}/{api}")
        if pattern is _CRM_LEGACY and api == "owners" and rest == "/":
            rest = ""  # the old owners list is documented with a slash at its end, the dated one without
        return Target(api=api, version=version, segments=tuple(rest.split("/")[1:]))
    raise not_found(f"Unable to find a match for the path {path}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One route; segments in braces are variable. `scopes` names what the token must have."""

    method: str
    api: str
    template: str
    handler: Handler
    scopes: Scopes
    is_search: bool = False

    def parts(self, target: Target) -> dict[str, str] | None:
        """Return the variable segments when this route fits a path, else None."""
        template = [segment for segment in self.template.split("/") if segment]
        if target.api != self.api or len(template) != len(target.segments):
            return None
        parts: dict[str, str] = {}
        for wanted, given in zip(template, target.segments, strict=True):
            if wanted.startswith("{"):
                if not given:
                    return None
                parts[wanted[1:-1]] = given
            elif wanted != given:
                return None
        return parts


def _objects(right: str) -> Scopes:
    return lambda call: [f"crm.objects.{call.object_type().scope_family}.{right}"]


def _schemas(right: str) -> Scopes:
    def scopes(call: Call) -> Sequence[str]:
        object_type = call.object_type()
        kind = "objects" if object_type.is_activity else "schemas"
        return [f"crm.{kind}.{object_type.scope_family}.{right}"]

    return scopes


def _both_ends(right: str) -> Scopes:
    def scopes(call: Call) -> Sequence[str]:
        families = {call.object_type(part).scope_family for part in ("fromObjectType", "toObjectType")}
        return [f"crm.objects.{family}.{right}" for family in sorted(families)]

    return scopes


def _no_scopes(_call: Call) -> Sequence[str]:
    return ()


def _owners(_call: Call) -> Sequence[str]:
    return ["crm.objects.owners.read"]


class Router:
    """All routes of the local HubSpot."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        reading = Reading(portal)
        self._routes = (
            *_object_routes(reading, Writing(portal, reading), Searching(portal)),
            *_association_routes(AssociationRoutes(portal, reading)),
            *_setup_routes(SetupRoutes(portal)),
        )

    def route(self, method: str, path: str) -> tuple[Route, Target, dict[str, str]]:
        """Return the route of a request; refuses with 404 or, for what HubSpot has and we have not, with 501."""
        target = target_of(path)
        for route in self._routes:
            parts = route.parts(target)
            if parts is not None and route.method == method:
                return route, target, parts
        raise not_served(f"{method} {path}")

    def check_token(self, authorization: str | None) -> None:
        """Refuse a call without the portal's access token."""
        scheme, _, token = (authorization or "").partition(" ")
        expected = self._portal.access_token.encode()
        if scheme.lower() != "bearer" or not hmac.compare_digest(token.strip().encode(), expected):
            raise unauthorized()

    def _check_object_types(self, call: Call) -> None:
        """Refuse object types of an administrator's where there is none."""
        for part in {"objectType", "fromObjectType", "toObjectType"}.intersection(call.parts):
            if self._portal.bare and call.object_type(part).is_custom:
                raise invalid(f"Unable to infer object type from: {call.parts[part]}")

    def check_scopes(self, route: Route, call: Call) -> None:
        """Refuse a call whose scopes the access token lacks, or about an object type that the portal lacks."""
        self._check_object_types(call)
        lacking = [scope for scope in route.scopes(call) if scope in self._portal.switches.missing_scopes]
        if lacking:
            raise missing_scopes(lacking)


def _object_routes(reading: Reading, writing: Writing, searching: Searching) -> Sequence[Route]:
    read, write = _objects("read"), _objects("write")
    table: tuple[tuple[str, str, Handler, Scopes], ...] = (
        ("GET", "/{objectType}", reading.list_records, read),
        ("POST", "/{objectType}", writing.create, write),
        ("POST", "/{objectType}/merge", writing.merge, write),
        ("POST", "/{objectType}/batch/read", reading.batch_read, read),
        ("POST", "/{objectType}/batch/create", writing.batch_create, write),
        ("POST", "/{objectType}/batch/update", writing.batch_update, write),
        ("POST", "/{objectType}/batch/upsert", writing.batch_upsert, write),
        ("POST", "/{objectType}/batch/archive", writing.batch_archive, write),
        ("GET", "/{objectType}/{id}", reading.get_record, read),
        ("PATCH", "/{objectType}/{id}", writing.update, write),
        ("DELETE", "/{objectType}/{id}", writing.archive, write),
    )
    routes = [
        Route(method=method, api="objects", template=template, handler=handler, scopes=scopes)
        for method, template, handler, scopes in table
    ]
    search = Route(
        method="POST",
        api="objects",
        template="/{objectType}/search",
        handler=searching.search,
        scopes=read,
        is_search=True,
    )
    return [*routes, search]


def _association_routes(routes: AssociationRoutes) -> Sequence[Route]:
    pair, read, write = "/{fromObjectType}/{toObjectType}", _both_ends("read"), _both_ends("write")
    table: tuple[tuple[str, str, Handler, Scopes], ...] = (
        ("POST", f"{pair}/batch/read", routes.batch_read, read),
        ("POST", f"{pair}/batch/create", routes.batch_create, write),
        ("POST", f"{pair}/batch/associate/default", routes.batch_associate_default, write),
        ("POST", f"{pair}/batch/archive", routes.batch_archive, write),
        ("GET", f"{pair}/labels", routes.labels, read),
        ("POST", f"{pair}/labels", routes.define_label, write),
    )
    return [
        Route(method=method, api="associations", template=template, handler=handler, scopes=scopes)
        for method, template, handler, scopes in table
    ]


def _setup_routes(routes: SetupRoutes) -> Sequence[Route]:
    read, write = _schemas("read"), _schemas("write")
    table: tuple[tuple[str, str, str, Handler, Scopes], ...] = (
        ("GET", "account-info", "/details", routes.account_details, _no_scopes),
        ("GET", "account-info", "/api-usage/daily/private-apps", routes.daily_usage, _no_scopes),
        ("GET", "owners", "", routes.owners, _owners),
        ("GET", "owners", "/{id}", routes.owner, _owners),
        ("GET", "properties", "/{objectType}", routes.properties, read),
        ("POST", "properties", "/{objectType}", routes.create_property, write),
        ("GET", "properties", "/{objectType}/groups", routes.groups, read),
        ("POST", "properties", "/{objectType}/groups", routes.create_group, write),
        ("GET", "properties", "/{objectType}/groups/{name}", routes.group, read),
        ("PATCH", "properties", "/{objectType}/groups/{name}", routes.change_group, write),
        ("DELETE", "properties", "/{objectType}/groups/{name}", routes.archive_group, write),
        ("GET", "properties", "/{objectType}/{name}", routes.property, read),
        ("PATCH", "properties", "/{objectType}/{name}", routes.change_property, write),
        ("DELETE", "properties", "/{objectType}/{name}", routes.archive_property, write),
        ("GET", "pipelines", "/{objectType}", routes.pipelines, read),
        ("GET", "pipelines", "/{objectType}/{id}", routes.pipeline, read),
    )
    return [
        Route(method=method, api=api, template=template, handler=handler, scopes=scopes)
        for method, api, template, handler, scopes in table
    ]
