"""The calls that look at properties and property groups and change them, on top of the one client.

Each is by name, so that doing it twice is the same as doing it once: all of them are repeated under the retry policy,
and what a lost answer leaves behind is met again as a conflict or as something that is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from kam_sync_hubspot import _setup_answers
from kam_sync_hubspot._calls import Call
from kam_sync_hubspot._client import HubSpotClient
from kam_sync_hubspot._errors import RejectedCallError
from kam_sync_hubspot._setup_answers import PropertyDefinition

_MADE = frozenset({200, 201})
# HubSpot documents 204 for archiving; a 200 with an empty answer means the same.
_GONE = frozenset({200, 204})


class SetupCalls:
    """Properties and property groups of one portal.

    All methods raise the errors of `kam_sync.errors`; what HubSpot refuses for what is asked is a RejectedCallError.

    Args:
        client: The portal.
    """

    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def archived_properties(self, object_type: str) -> Mapping[str, PropertyDefinition]:
        """Return the archived properties of an object type by name."""
        call = Call(name=f"archived properties {object_type}")
        return self._client.run(
            call,
            lambda: self._client.properties_api.get_all(object_type, archived="true", _preload_content=False),
            lambda payload: _setup_answers.property_definitions(call.name, payload, archived=True),
        )

    def find_property(self, object_type: str, name: str) -> PropertyDefinition | None:
        """Return a living property, or None when there is none of this name."""
        call = Call(name=f"property of {object_type}", names=(name,))
        try:
            return self._client.run(
                call,
                lambda: self._client.properties_api.get_by_name(
                    object_type, name, archived="false", _preload_content=False
                ),
                lambda payload: _setup_answers.property_definition(call.name, payload),
            )
        except RejectedCallError as error:
            if error.category == "OBJECT_NOT_FOUND":
                return None
            raise

    def create_property(self, object_type: str, body: Mapping[str, object]) -> None:
        """Create a property; a name that is taken is a RejectedCallError of the category CONFLICT."""
        call = Call(name=f"create property of {object_type}", statuses=_MADE, names=_names(body))
        self._client.run(
            call,
            lambda: self._client.properties_api.create(object_type, dict(body), _preload_content=False),
            lambda payload: _setup_answers.check_made(call.name, payload, body["name"]),
        )

    def change_property(self, object_type: str, name: str, body: Mapping[str, object]) -> None:
        """Change parts of a property's definition; options that are given replace all it had."""
        call = Call(name=f"change property of {object_type}", names=(name,))
        self._client.run(
            call,
            lambda: self._client.properties_api.update(object_type, name, dict(body), _preload_content=False),
            lambda payload: _setup_answers.check_made(call.name, payload, name),
        )

    def archive_property(self, object_type: str, name: str) -> None:
        """Archive a property; one that is archived or was never there is no error."""
        call = Call(name=f"archive property of {object_type}", statuses=_GONE, names=(name,), empty=True)
        self._archive(call, lambda: self._client.properties_api.archive(object_type, name, _preload_content=False))

    def groups(self, object_type: str) -> frozenset[str]:
        """Return the names of the property groups of an object type."""
        call = Call(name=f"property groups {object_type}")
        return self._client.run(
            call,
            lambda: self._client.groups_api.get_all(object_type, _preload_content=False),
            lambda payload: _setup_answers.property_groups(call.name, payload),
        )

    def create_group(self, object_type: str, name: str, label: str) -> None:
        """Create a property group; a name that is taken is a RejectedCallError of the category CONFLICT."""
        call = Call(name=f"create property group of {object_type}", statuses=_MADE, names=(name,))
        body = {"name": name, "label": label, "displayOrder": -1}
        self._client.run(
            call,
            lambda: self._client.groups_api.create(object_type, body, _preload_content=False),
            lambda payload: _setup_answers.check_made(call.name, payload, name),
        )

    def archive_group(self, object_type: str, name: str) -> None:
        """Archive a property group that holds no property; one that is gone is no error."""
        call = Call(name=f"archive property group of {object_type}", statuses=_GONE, names=(name,), empty=True)
        self._archive(call, lambda: self._client.groups_api.archive(object_type, name, _preload_content=False))

    def _archive(self, call: Call, send: Callable[[], object]) -> None:
        try:
            self._client.run(call, send, lambda _payload: None)
        except RejectedCallError as error:
            if error.category != "OBJECT_NOT_FOUND":
                raise


def _names(body: Mapping[str, object]) -> Sequence[str]:
    return [str(body[key]) for key in ("name", "groupName") if key in body]
