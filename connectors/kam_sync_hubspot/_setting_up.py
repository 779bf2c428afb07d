"""Looks at a portal for what a policy could say of it, makes what a policy names and the portal lacks, and removes it.

Nothing is kept between calls: other people change the same portal. Everything is told apart by name, so that a second
run, or two at once, end where one would have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final
from zoneinfo import available_timezones

from kam_sync.errors import ConfigError, PermissionDeniedError, RefusedError
from kam_sync.setup_ports import ItemState, SetupItem, Survey
from kam_sync_hubspot._checking import Definitions, Gap
from kam_sync_hubspot._client import HubSpotClient
from kam_sync_hubspot._errors import RejectedCallError
from kam_sync_hubspot._naming import GROUP, GROUP_LABEL
from kam_sync_hubspot._object_schema import SINGULAR
from kam_sync_hubspot._portal import forbidden
from kam_sync_hubspot._requirements import Kind, Requirement, requirements
from kam_sync_hubspot._setup_answers import PropertyDefinition, PropertyOption
from kam_sync_hubspot._setup_calls import SetupCalls
from kam_sync_hubspot._setup_items import (
    ACTIVITIES,
    Item,
    body_of,
    is_marked,
    is_ours,
    item_ids,
    items_of,
    misfit,
    new_option,
    option_body,
)
from kam_sync_hubspot._surveying import proposals
from kam_sync_hubspot.record_settings import COMPANIES
from kam_sync_hubspot.settings import HubSpotSettings

_CONFLICT: Final = "CONFLICT"
_NEIGHBOURS: Final[Mapping[str, str]] = {
    "tasks": "hs_task_subject",
    "meetings": "hs_meeting_title",
    "calls": "hs_call_title",
}
"""A property of HubSpot's own whose group takes what is made for an activity."""


class PortalSetup:
    """Surveys and sets up one portal.

    Args:
        client: The portal.
        settings: The org's settings.
    """

    def __init__(self, client: HubSpotClient, settings: HubSpotSettings) -> None:
        self._client = client
        self._calls = SetupCalls(client)
        self._settings = settings

    def survey(self) -> Survey:
        """Return what the portal offers for a policy, in four calls.

        Raises:
            PermissionDeniedError: The properties of companies may not be read.
        """
        details = self._client.account_details()
        definitions: dict[str, Definitions | Gap] = {COMPANIES: self._client.properties(COMPANIES)}
        for object_type in ("contacts", "tasks"):
            try:
                definitions[object_type] = self._client.properties(object_type)
            except PermissionDeniedError as error:
                definitions[object_type] = forbidden(f"the properties of {object_type}", error)
        return Survey(
            org_name=f"HubSpot account {details.portal_id}",
            timezone=details.timezone if details.timezone in available_timezones() else "UTC",
            proposals=proposals(definitions),
        )

    # What there is -----------------------------------------------------------------------------------------------

    def items(self) -> Sequence[SetupItem]:
        """Return everything that the policy needs; of what setup made, how many records hold a value."""
        return [
            replace(item.shown, filled=self._filled(item)) if item.shown.state is ItemState.OURS else item.shown
            for object_type, needed in self._needed().items()
            for item in self._items_of(object_type, needed)
        ]

    def _needed(self) -> Mapping[str, Sequence[Requirement]]:
        found: dict[str, list[Requirement]] = {}
        for requirement in requirements(self._settings):
            found.setdefault(requirement.object_type, []).append(requirement)
        return found

    def _items_of(self, object_type: str, needed: Sequence[Requirement]) -> Sequence[Item]:
        try:
            there: Definitions | None = self._client.properties(object_type)
        except RejectedCallError:
            there = None
        groups = self._calls.groups(object_type) if there is not None and object_type not in ACTIVITIES else ()
        return items_of(object_type, needed, there, groups)

    def _filled(self, item: Item) -> int | None:
        """Return how many records hold a value; None where search cannot tell, which lags behind by minutes."""
        if item.requirement is None:
            return 0
        given = {"propertyName": item.requirement.name, "operator": "HAS_PROPERTY"}
        if item.option is not None:
            several = item.requirement.kind is Kind.CHOICES
            given |= {"operator": "CONTAINS_TOKEN" if several else "EQ", "value": item.option}
        try:
            return self._client.search(item.object_type, [given], ["hs_object_id"], limit=1).total
        except (PermissionDeniedError, RejectedCallError):
            return None

    # Making ------------------------------------------------------------------------------------------------------

    def set_up(self, shown: SetupItem) -> None:
        """Make an item that is missing; what is there already, by whomever, is left as it is.

        Raises:
            ConfigError: The policy does not name it, or something else of that name is in the way.
            PermissionDeniedError: The access token may not change the definitions of properties.
        """
        item = self._find(shown)
        with _permitted(item.object_type):
            if item.requirement is None:
                self._make_group(item.object_type)
            elif item.option is not None:
                self._add_option(item.requirement, item.option)
            else:
                self._make_property(item.requirement)

    def _find(self, shown: SetupItem) -> Item:
        known = {id_: item for needed in self._needed().values() for id_, item in item_ids(needed)}
        if shown.id not in known:
            raise ConfigError(f"{shown.title}: the policy names nothing of the kind that setup could make or remove")
        return known[shown.id]

    def _make_group(self, object_type: str) -> None:
        try:
            self._calls.create_group(object_type, GROUP, GROUP_LABEL)
        except RejectedCallError as error:
            if error.category != _CONFLICT and GROUP not in self._calls.groups(object_type):
                raise

    def _make_property(self, requirement: Requirement) -> None:
        try:
            self._create(requirement)
        except RejectedCallError as error:
            found = self._calls.find_property(requirement.object_type, requirement.name)
            if found is None:
                self._say_archived(requirement, error)
                raise
            wrong = misfit(requirement, found)
            if wrong:
                raise ConfigError(
                    f'the property "{requirement.name}" of {requirement.object_type} is there by now, but {wrong}: '
                    f"name another property in {requirement.place}"
                ) from None

    def _create(self, requirement: Requirement) -> None:
        """Create a property; the key is unique if HubSpot takes that for tasks, which it does not document."""
        object_type = requirement.object_type
        body = body_of(requirement, self._group_for(object_type))
        if requirement.kind is Kind.KEY:
            try:
                self._calls.create_property(object_type, {**body, "hasUniqueValue": True})
            except RejectedCallError as error:
                if error.category == _CONFLICT:
                    raise
            else:
                return
        try:
            self._calls.create_property(object_type, body)
        except RejectedCallError as error:
            if error.category == _CONFLICT or object_type in ACTIVITIES or GROUP in self._calls.groups(object_type):
                raise
            self._make_group(object_type)
            self._calls.create_property(object_type, body)

    def _group_for(self, object_type: str) -> str:
        if object_type not in ACTIVITIES:
            return GROUP
        neighbour = self._client.properties(object_type).get(_NEIGHBOURS[object_type])
        return (neighbour.group if neighbour else "") or object_type.removesuffix("s")

    def _say_archived(self, requirement: Requirement, error: RejectedCallError) -> None:
        """Raise ConfigError when the name is taken by an archived property, which no API of this version restores."""
        if error.category != _CONFLICT:
            return
        if requirement.name in self._calls.archived_properties(requirement.object_type):
            raise ConfigError(
                f'HubSpot keeps an archived property "{requirement.name}" of {requirement.object_type}, whose name it '
                "does not give away: restore it in HubSpot under Settings > Properties > Archived properties, or name "
                f"another property in {requirement.place}"
            ) from None

    def _add_option(self, requirement: Requirement, option: str) -> None:
        """Add an option behind those a property has; HubSpot takes the whole list, so that it is read anew."""
        found = self._existing(requirement)
        if option.casefold() not in {choice.value.casefold() for choice in found.choices}:
            self._set_options(requirement, [*found.choices, new_option(option)])

    def _existing(self, requirement: Requirement) -> PropertyDefinition:
        found = self._calls.find_property(requirement.object_type, requirement.name)
        if found is None:
            raise ConfigError(
                f'the property "{requirement.name}" of {requirement.object_type} is not there to have options: '
                "set up the property first"
            )
        return found

    def _set_options(self, requirement: Requirement, options: Sequence[PropertyOption]) -> None:
        listed = [option_body(option, place) for place, option in enumerate(options)]
        self._calls.change_property(requirement.object_type, requirement.name, {"options": listed})

    # Removing ----------------------------------------------------------------------------------------------------

    def take_down(self, shown: SetupItem) -> None:
        """Remove an item that setup made; one that is gone is no error.

        Raises:
            ConfigError: The policy does not name it.
            RefusedError: Somebody has taken it over: it is no longer marked, or holds what setup did not make.
            PermissionDeniedError: The access token may not change the definitions of properties.
        """
        item = self._find(shown)
        with _permitted(item.object_type):
            if item.requirement is None:
                self._remove_group(item.object_type)
                return
            found = self._calls.find_property(item.object_type, item.requirement.name)
            if found is None:
                return
            if item.option is not None:
                self._remove_option(item.requirement, item.option, found)
            elif is_ours(item.object_type, found):
                self._calls.archive_property(item.object_type, item.requirement.name)
            else:
                raise RefusedError(_taken_over(f'the property "{found.name}" of {item.object_type}'))

    def _remove_option(self, requirement: Requirement, option: str, found: PropertyDefinition) -> None:
        choice = next((each for each in found.choices if each.value.casefold() == option.casefold()), None)
        if choice is None:
            return
        if not is_marked(choice):
            raise RefusedError(_taken_over(f'the option "{option}" of the property "{found.name}"'))
        self._set_options(requirement, [each for each in found.choices if each is not choice])

    def _remove_group(self, object_type: str) -> None:
        left = [each.name for each in self._client.properties(object_type).values() if each.group == GROUP]
        if left:
            raise RefusedError(
                f'the property group "{GROUP}" of {object_type} still holds {", ".join(sorted(left)[:5])}: move these '
                "to another group in HubSpot under Settings > Properties, or leave the group"
            )
        self._calls.archive_group(object_type, GROUP)


def _taken_over(what: str) -> str:
    return f"{what} is no longer marked as made by kam-sync setup: somebody has taken it over, so that it stays"


def _write_scope(object_type: str) -> str:
    """Return the scope by which properties of an object type are changed (HubSpot, properties API reference)."""
    if object_type in ACTIVITIES:
        return "crm.objects.contacts.write"
    if object_type == "tickets":
        return "tickets"
    return f"crm.schemas.{object_type if object_type in SINGULAR else 'custom'}.write"


@contextmanager
def _permitted(object_type: str) -> Iterator[None]:
    """Say of a missing permission which scope it is and that only setup needs it."""
    try:
        yield
    except PermissionDeniedError as error:
        raise PermissionDeniedError(
            f"{error}. Setup changes the definitions of properties of {object_type}, for which the access token needs "
            f"{_write_scope(object_type)}; runs do not need it for that, so you may use the token of another service "
            "key while setup runs"
        ) from None
