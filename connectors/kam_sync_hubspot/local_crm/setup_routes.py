"""What describes the portal over HTTP: account, owners, properties, property groups, pipelines."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Final

from kam_sync_hubspot.local_crm.bodies import (
    GroupBody,
    GroupChangeBody,
    OptionBody,
    PropertyBody,
    PropertyChangeBody,
)
from kam_sync_hubspot.local_crm.definitions import CUSTOM, PropertyDefinition, PropertyOption
from kam_sync_hubspot.local_crm.errors import conflict, invalid, not_found, not_served
from kam_sync_hubspot.local_crm.exchange import NO_CONTENT, Answer, Call, json_answer
from kam_sync_hubspot.local_crm.moments import iso
from kam_sync_hubspot.local_crm.pipelines import PIPELINES, Pipeline
from kam_sync_hubspot.local_crm.portal import TIME_ZONE, Portal
from kam_sync_hubspot.local_crm.reading import next_page, numeric

OWNER_PAGE: Final = 500
"""Owners per page at most; vendor limit."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,99}")
_FIELD_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"text", "textarea", "html", "phonenumber", "file"}),
    "number": frozenset({"number"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
    "bool": frozenset({"booleancheckbox"}),
    "enumeration": frozenset({"select", "radio", "checkbox", "booleancheckbox"}),
}


class SetupRoutes:
    """The routes that describe the portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def account_details(self, call: Call) -> Answer:
        """GET /account-info/…/details: which portal this is."""
        call.allow_query()
        return json_answer(
            200,
            {
                "portalId": self._portal.portal_id,
                "accountType": "STANDARD",
                "timeZone": TIME_ZONE,
                "companyCurrency": "EUR",
                "additionalCurrencies": ["USD"],
                "utcOffset": "+00:00",
                "utcOffsetMilliseconds": 0,
                "uiDomain": "app.hubspot.com",
                "dataHostingLocation": "eu1",
            },
        )

    def daily_usage(self, call: Call) -> Answer:
        """GET /account-info/…/api-usage/daily/private-apps: how many calls the day has seen."""
        call.allow_query()
        now, limits = self._portal.clock.now(), self._portal.limits
        tomorrow = dt.datetime.combine(now.date() + dt.timedelta(days=1), dt.time(), tzinfo=dt.UTC)
        usage = {
            "name": "private-apps-api-calls-daily",
            "usageLimit": limits.daily,
            "currentUsage": limits.daily_used,
            "collectedAt": iso(now),
            "fetchStatus": "SUCCESS",
            "resetsAt": iso(tomorrow),
        }
        return json_answer(200, {"results": [usage]})

    def owners(self, call: Call) -> Answer:
        """GET /owners: active owners, or the archived ones, by ascending id."""
        call.allow_query("limit", "after", "archived", "email")
        limit = call.limit(default=100, maximum=OWNER_PAGE)
        found = self._portal.owners.page(
            after=call.after(), limit=limit + 1, archived=call.flag("archived"), email=call.text("email")
        )
        body: dict[str, object] = {"results": [owner.as_json() for owner in found[:limit]]}
        if len(found) > limit:
            body["paging"] = next_page(call, found[limit - 1].id)
        return json_answer(200, body)

    def owner(self, call: Call) -> Answer:
        """GET /owners/{id}: one owner, by owner id or by user id."""
        call.allow_query("archived", "idProperty")
        by, number, archived = call.text("idProperty") or "id", numeric(call.parts["id"]), call.flag("archived")
        if by not in {"id", "userId"}:
            raise invalid("idProperty must be id or userId")
        find = self._portal.owners.find if by == "id" else self._portal.owners.find_by_user
        found = find(number, archived=archived)
        if found is None:
            raise not_found()
        return json_answer(200, found.as_json())

    def properties(self, call: Call) -> Answer:
        """GET /properties/{objectType}: all properties; no paging."""
        call.allow_query("archived", "dataSensitivity")
        catalogue = self._portal.catalogue
        served = catalogue.archived if call.flag("archived") else catalogue.definitions
        return json_answer(200, {"results": [each.as_json() for each in served(call.object_type()).values()]})

    def property(self, call: Call) -> Answer:
        """GET /properties/{objectType}/{name}: one property."""
        call.allow_query("archived", "dataSensitivity")
        object_type, name = call.object_type(), call.parts["name"]
        if not call.flag("archived"):
            return json_answer(200, self._portal.catalogue.definition(object_type, name).as_json())
        found = self._portal.catalogue.archived(object_type).get(name)
        if found is None:
            raise not_found()
        return json_answer(200, found.as_json())

    def create_property(self, call: Call) -> Answer:
        """POST /properties/{objectType}: create a property; 201. Tasks take no unique ones unless switched on."""
        call.allow_query()
        object_type, given = call.object_type(), call.model(PropertyBody)
        _check_property(given)
        if given.has_unique_value and object_type.is_activity and not self._portal.switches.unique_task_properties:
            raise invalid(f"Properties of {object_type.plural} cannot have unique values.")
        if self._portal.switches.archived_names_are_taken and given.name in self._portal.catalogue.archived(
            object_type
        ):
            raise conflict(f"A property named '{given.name}' already exists.")
        now = iso(self._portal.clock.now())
        definition = PropertyDefinition(
            **given.model_dump(exclude={"options"}),
            options=_options(given.options),
            created_at=now,
            updated_at=now,
            modification_metadata=CUSTOM,
        )
        self._portal.catalogue.add(object_type, definition)
        return json_answer(201, definition.as_json())

    def change_property(self, call: Call) -> Answer:
        """PATCH /properties/{objectType}/{name}: change what is given of a property."""
        call.allow_query()
        object_type, given = call.object_type(), call.model(PropertyChangeBody)
        found = self._portal.catalogue.definition(object_type, call.parts["name"])
        changes = given.model_dump(exclude={"options"}, exclude_none=True)
        if given.options is not None:
            changes["options"] = _options(given.options)
        definition = found.model_copy(update=changes | {"updated_at": iso(self._portal.clock.now())})
        _check_form(definition)
        self._portal.catalogue.change(object_type, definition)
        return json_answer(200, definition.as_json())

    def archive_property(self, call: Call) -> Answer:
        """DELETE /properties/{objectType}/{name}: archive a property; 204."""
        call.allow_query()
        self._portal.catalogue.archive(call.object_type(), call.parts["name"], iso(self._portal.clock.now()))
        return NO_CONTENT

    def groups(self, call: Call) -> Answer:
        """GET /properties/{objectType}/groups: all property groups."""
        call.allow_query()
        found = self._portal.catalogue.groups(call.object_type())
        return json_answer(200, {"results": [_group(name, label) for name, label in found.items()]})

    def group(self, call: Call) -> Answer:
        """GET /properties/{objectType}/groups/{name}: one property group."""
        call.allow_query()
        return json_answer(200, _group(call.parts["name"], self._label_of(call)))

    def create_group(self, call: Call) -> Answer:
        """POST /properties/{objectType}/groups: create a property group; 201."""
        call.allow_query()
        given = call.model(GroupBody)
        self._portal.catalogue.add_group(call.object_type(), given.name, given.label)
        return json_answer(201, _group(given.name, given.label))

    def change_group(self, call: Call) -> Answer:
        """PATCH /properties/{objectType}/groups/{name}: give a property group another label."""
        call.allow_query()
        given, label = call.model(GroupChangeBody), self._label_of(call)
        self._portal.catalogue.rename_group(call.object_type(), call.parts["name"], given.label or label)
        return json_answer(200, _group(call.parts["name"], given.label or label))

    def archive_group(self, call: Call) -> Answer:
        """DELETE /properties/{objectType}/groups/{name}: remove a property group that is empty; 204."""
        call.allow_query()
        self._label_of(call)
        self._portal.catalogue.drop_group(call.object_type(), call.parts["name"])
        return NO_CONTENT

    def _label_of(self, call: Call) -> str:
        """Return the label of the group that a call names; refuses one that does not exist."""
        found, name = self._portal.catalogue.groups(call.object_type()), call.parts["name"]
        if name not in found:
            raise not_found(f"Property group {name} does not exist")
        return found[name]

    def pipelines(self, call: Call) -> Answer:
        """GET /pipelines/{deals or tickets}: the pipelines with their stages."""
        found = [pipeline.as_json(order) for order, pipeline in enumerate(_pipelines(call))]
        return json_answer(200, {"results": found})

    def pipeline(self, call: Call) -> Answer:
        """GET /pipelines/{deals or tickets}/{id}: one pipeline."""
        for order, pipeline in enumerate(_pipelines(call)):
            if pipeline.id == call.parts["id"]:
                return json_answer(200, pipeline.as_json(order))
        raise not_found()


def _group(name: str, label: str) -> dict[str, object]:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}


def _pipelines(call: Call) -> tuple[Pipeline, ...]:
    call.allow_query()
    object_type = call.object_type()
    if object_type not in PIPELINES:
        raise not_served(f"pipelines of {object_type.plural}")
    return PIPELINES[object_type]


def _options(given: Iterable[OptionBody]) -> tuple[PropertyOption, ...]:
    return tuple(PropertyOption(**option.model_dump()) for option in given)


def _check_property(given: PropertyBody) -> None:
    if not _NAME.fullmatch(given.name):
        raise invalid("A property name is lower case letters, digits and underscores, beginning with a letter.")
    if given.name.startswith("hs_"):
        raise invalid("Property names beginning with hs_ are reserved.")
    _check_form(given)
    if given.external_options and given.referenced_object_type != "OWNER":
        raise not_served("external options other than owners")


def _check_form(given: PropertyBody | PropertyDefinition) -> None:
    """Refuse a field type that does not go with the type, and options that are missing or twice there."""
    if given.field_type not in _FIELD_TYPES.get(given.type, frozenset()):
        raise invalid(f"fieldType {given.field_type} does not go with type {given.type}.")
    needs_options = given.type in {"enumeration", "bool"} and not given.external_options
    if needs_options and not given.options:
        raise invalid("A property of this type needs options.")
    values = [option.value for option in given.options]
    if len(set(values)) != len(values):
        raise invalid("Options of a property must have different values.")
