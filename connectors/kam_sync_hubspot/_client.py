"""The one place that speaks to HubSpot, through its SDK; nobody else imports the SDK or sees its exceptions.

The SDK's own models are not used: they turn unexpected answers into empty ones. Bodies are taken raw, judged by
status, content type and shape, and handed on as plain data. No retry of the SDK is used either.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import urllib3

from kam_sync import __version__
from kam_sync.errors import ConnectorError, MalformedAnswerError, TransientError
from kam_sync.ports import ApiUsage, Runtime
from kam_sync.retrying import call_with_retries
from kam_sync_hubspot import _answers, _setup_answers
from kam_sync_hubspot._addresses import versioned_path
from kam_sync_hubspot._budget import CallBudget
from kam_sync_hubspot._calls import Call, write_call
from kam_sync_hubspot._errors import UnansweredError, error_of
from kam_sync_hubspot.settings import HubSpotSettings

PAGE_SIZE: Final = 100
"""HubSpot: at most 100 records a page of a list."""
BATCH_SIZE: Final = 100
"""HubSpot: at most 100 inputs in a batch read, create or update."""
HISTORY_BATCH_SIZE: Final = 50
"""HubSpot: at most 50 inputs in a batch read that asks for the history of properties."""
SEARCH_PAGE_SIZE: Final = 200
"""HubSpot: at most 200 records a page of a search."""
ASSOCIATION_BATCH_SIZE: Final = 1000
"""HubSpot: at most 1000 records in a batch read of associations."""
TIMEOUT: Final = (5, 30)
"""Seconds to connect and to wait for bytes; the SDK sets none."""
TASK_TO_COMPANY: Final = 192
"""HubSpot's own association type from a task to a company; 191 is the other direction."""

ResultT = TypeVar("ResultT")


class HubSpotClient:
    """One portal's API.

    Reads are repeated by the one retry policy; a create is repeated only when HubSpot said that it did not begin it.
    All methods raise the errors of `kam_sync.errors`.

    Args:
        settings: The org's settings.
        runtime: Clock and sleep.
    """

    def __init__(self, settings: HubSpotSettings, runtime: Runtime) -> None:
        from hubspot import HubSpot  # noqa: PLC0415 - 200 modules that listing connectors and checking policies do not need

        self._version = settings.api_version
        self._origin = settings.origin
        self._sleep = runtime.sleep
        self._budget = CallBudget(settings.limits, runtime)
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=2, retries=False, cert_reqs="CERT_REQUIRED")
        self._api_clients: dict[str, Any] = {}
        self._call = Call(name="nothing")
        self._sdk: Any = HubSpot(
            access_token=settings.auth.access_token.get_secret_value(),
            host=settings.origin,
            api_factory=self._make_api,
        )

    # What is called ----------------------------------------------------------------------------------------------

    def account_details(self) -> _setup_answers.AccountDetails:
        """Return the portal's id and the host of its user interface."""
        call = Call(name="account-info")

        def send() -> Any:  # noqa: ANN401 - the SDK has no types
            return self._basic_api.api_client.call_api(
                "/account-info/v3/details",
                "GET",
                header_params={"Accept": "application/json"},
                auth_settings=["oauth2"],
                _preload_content=False,
            )

        return self.run(call, send, lambda payload: _setup_answers.account_details(call.name, payload))

    def properties(self, object_type: str) -> Mapping[str, _setup_answers.PropertyDefinition]:
        """Return the properties of an object type by name."""
        call = Call(name=f"properties {object_type}")
        return self.run(
            call,
            lambda: self.properties_api.get_all(object_type, archived="false", _preload_content=False),
            lambda payload: _setup_answers.property_definitions(call.name, payload),
        )

    def stages(self, object_type: str) -> Sequence[_setup_answers.Stage]:
        """Return the stages of all pipelines of deals or tickets."""
        call = Call(name=f"pipelines {object_type}")
        return self.run(
            call,
            lambda: self._pipelines_api.get_all(object_type, _preload_content=False),
            lambda payload: _setup_answers.pipeline_stages(call.name, payload),
        )

    def association_labels(self, from_type: str, to_type: str) -> Sequence[_setup_answers.AssociationLabel]:
        """Return the labels of associations in one direction."""
        call = Call(name=f"labels {from_type}→{to_type}")
        return self.run(
            call,
            lambda: self._labels_api.get_all(from_type, to_type, _preload_content=False),
            lambda payload: _setup_answers.association_labels(call.name, payload),
        )

    def list_page(self, object_type: str, properties: Sequence[str], *, after: str | None) -> _answers.ListPage:
        """Return a page of all records of an object type, archived ones left out."""
        return self._list(Call(name=f"list {object_type}", names=properties), object_type, after, PAGE_SIZE)

    def probe(self, object_type: str) -> None:
        """See whether records of an object type may be read; raises PermissionDeniedError when not."""
        self._list(Call(name=f"probe {object_type}", names=("hs_object_id",)), object_type, None, 1)

    def _list(self, call: Call, object_type: str, after: str | None, limit: int) -> _answers.ListPage:
        cursor = {} if after is None else {"after": after}
        return self.run(
            call,
            lambda: self._basic_api.get_page(
                object_type,
                limit=limit,
                properties=list(call.names),
                archived="false",
                _preload_content=False,
                **cursor,
            ),
            lambda payload: _answers.list_page(call.name, payload, call.names),
        )

    def owners_page(self, *, archived: bool, after: str | None) -> _answers.OwnersPage:
        """Return a page of the owners, either the active or the archived ones."""
        call = Call(name="list archived owners" if archived else "list owners")
        cursor = {} if after is None else {"after": after}
        return self.run(
            call,
            lambda: self._owners_api.get_page(
                limit=PAGE_SIZE, archived="true" if archived else "false", _preload_content=False, **cursor
            ),
            lambda payload: _answers.owners_page(call.name, payload),
        )

    def search(
        self, object_type: str, filters: Sequence[Mapping[str, str]], properties: Sequence[str], *, limit: int
    ) -> _answers.SearchPage:
        """Return the first records, by ascending id, that pass all filters; the index lags behind by up to minutes."""
        call = Call(name=f"search {object_type}", names=properties, searches=True)
        body = {
            "filterGroups": [{"filters": list(filters)}] if filters else [],
            "sorts": ["hs_object_id"],
            "properties": list(properties),
            "limit": limit,
            "after": "0",
        }
        return self.run(
            call,
            lambda: self._search_api.do_search(object_type, body, _preload_content=False),
            lambda payload: _answers.search_page(call.name, payload, properties),
        )

    def read_batch(
        self,
        object_type: str,
        ids: Sequence[str],
        properties: Sequence[str],
        *,
        archived: bool = False,
        with_history: bool = False,
    ) -> _answers.BatchAnswer:
        """Return at most BATCH_SIZE records by id; an id that is not there comes as an error or not at all.

        With the properties' history, which is read of companies only, at most HISTORY_BATCH_SIZE.
        """
        call = Call(
            name=f"read {'archived ' if archived else ''}{object_type}{' with history' if with_history else ''}",
            statuses=frozenset({200, 207}),
            names=properties,
        )
        body = {
            "properties": list(properties),
            "propertiesWithHistory": list(properties) if with_history else [],
            "inputs": [{"id": record_id} for record_id in ids],
        }
        return self.run(
            call,
            lambda: self._batch_api.read(
                object_type, body, archived="true" if archived else "false", _preload_content=False
            ),
            lambda payload: _answers.batch_answer(call.name, payload, properties, with_history=with_history),
        )

    def read_associations(
        self, from_type: str, to_type: str, inputs: Sequence[tuple[str, str | None]]
    ) -> _answers.AssociationAnswer:
        """Return a page of associations for each of at most ASSOCIATION_BATCH_SIZE records with their cursors."""
        call = Call(name=f"associations {from_type}→{to_type}", statuses=frozenset({200, 207}))
        body = {
            "inputs": [
                {"id": record_id} if after is None else {"id": record_id, "after": after} for record_id, after in inputs
            ]
        }
        return self.run(
            call,
            lambda: self._associations_api.get_page(from_type, to_type, body, _preload_content=False),
            lambda payload: _answers.association_answer(call.name, payload),
        )

    def create_tasks(self, inputs: Sequence[Mapping[str, object]]) -> _answers.BatchAnswer:
        """Create at most BATCH_SIZE tasks with their associations.

        Raises:
            UnansweredError: No answer that could be believed came; the tasks may or may not exist now.
        """
        call = write_call("create tasks", inputs, repeatable=False)
        return self.run(
            call,
            lambda: self._batch_api.create("tasks", {"inputs": list(inputs)}, _preload_content=False),
            lambda payload: _answers.batch_answer(call.name, payload),
        )

    def update_tasks(self, inputs: Sequence[Mapping[str, object]]) -> _answers.BatchAnswer:
        """Set properties of at most BATCH_SIZE tasks; doing so twice is the same as once."""
        call = write_call("update tasks", inputs, repeatable=True)
        return self.run(
            call,
            lambda: self._batch_api.update("tasks", {"inputs": list(inputs)}, _preload_content=False),
            lambda payload: _answers.batch_answer(call.name, payload),
        )

    def usage(self) -> ApiUsage:
        """Return the requests so far."""
        return self._budget.usage()

    def close(self) -> None:
        """Close all connections."""
        # Clearing the pool manager alone leaves closing to the garbage collector, and the SDK keeps its last answer.
        for key in list(self._pool.pools.keys()):
            self._pool.pools[key].close()
        self._pool.clear()
        for client in self._api_clients.values():
            client.last_response = None
            client.close()

    # How it is called --------------------------------------------------------------------------------------------

    def run(self, call: Call, send: Callable[[], Any], read: Callable[[object], ResultT]) -> ResultT:
        """Make a call under the retry policy; `read` turns the JSON into data and refuses a wrong shape."""

        def attempt() -> ResultT:
            self._call = call
            try:
                return read(self._payload(call, send()))
            except (TransientError, MalformedAnswerError) as error:
                if call.repeatable:
                    raise
                raise UnansweredError(str(error)) from None

        return call_with_retries(attempt, sleep=self._sleep)

    def _payload(self, call: Call, response: Any) -> object:  # noqa: ANN401 - the SDK has no types
        """Return the JSON of an answer whose status and content type are as documented."""
        try:
            data: bytes = response.data
        except urllib3.exceptions.HTTPError as error:
            response.close()
            raise self._transport_error(error) from None
        finally:
            response.release_conn()
        reader = _answers.Reader(call.name)
        if response.status not in call.statuses:
            raise reader.fail(f"it has the status {response.status}")
        if call.empty:
            return None
        if response.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
            raise reader.fail("it is not JSON by its content type")
        try:
            payload: object = json.loads(data)
        except (ValueError, RecursionError):
            raise reader.fail("its JSON cannot be read") from None
        return payload

    def _exchange(self, send: Callable[[], Any]) -> Any:  # noqa: ANN401 - the SDK has no types
        """Send one HTTP request for the SDK: counted, paced, and with every failure translated."""
        self._budget.before(self._call.name, searches=self._call.searches)
        try:
            response = send()
        except urllib3.exceptions.HTTPError as error:
            raise self._transport_error(error) from None
        except Exception as error:
            status = getattr(error, "status", None)
            if not isinstance(status, int):
                raise
            headers = getattr(error, "headers", None) or {}
            self._budget.after(headers)
            raise self._status_error(status, getattr(error, "body", None), headers) from None
        self._budget.after(response.headers)
        return response

    def _status_error(self, status: int, body: object, headers: Mapping[str, str]) -> ConnectorError:
        if status == 0:
            return ConnectorError(
                f"the secure connection to {self._origin} for {self._call.name!r} failed: check the machine's "
                "certificates and clock, and what stands between it and HubSpot"
            )
        return error_of(status, body, headers, call=self._call.name, names=self._call.names, values=self._call.values)

    def _transport_error(self, error: urllib3.exceptions.HTTPError) -> ConnectorError:
        cause = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) else error
        where = f"{self._origin} for {self._call.name!r}"
        match cause:
            case urllib3.exceptions.DecodeError():
                return _answers.Reader(self._call.name).fail("it cannot be decompressed")
            case urllib3.exceptions.ReadTimeoutError():
                return TransientError(f"no answer came from {where} within {TIMEOUT[1]} seconds: run again later")
            case urllib3.exceptions.ConnectTimeoutError() | urllib3.exceptions.NewConnectionError():
                return TransientError(f"no connection to {where}: check the network and host, then run again")
            case _:
                return TransientError(f"the connection to {where} broke: run again later")

    # The SDK -----------------------------------------------------------------------------------------------------

    def _make_api(self, package: Any, api_name: str, config: Mapping[str, Any]) -> Any:  # noqa: ANN401 - no types
        """Make an API object of the SDK on the shared pool (the SDK's hook `api_factory`)."""
        client = self._api_clients.get(package.__name__)
        if client is None:
            client = self._api_clients[package.__name__] = self._make_api_client(package, config)
        return getattr(package, api_name)(api_client=client)

    def _make_api_client(self, package: Any, config: Mapping[str, Any]) -> Any:  # noqa: ANN401 - no types
        exchange, version = self._exchange, self._version

        class VersionedApiClient(package.ApiClient):  # type: ignore[misc]  # the SDK has no types
            def call_api(self, resource_path: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - no types
                kwargs["_request_timeout"] = TIMEOUT
                return super().call_api(versioned_path(resource_path, version), *args, **kwargs)

            def request(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - no types
                return exchange(functools.partial(super().request, *args, **kwargs))

        configuration = package.Configuration(host=config["host"])
        configuration.access_token = config["access_token"]
        client = VersionedApiClient(configuration=configuration)
        client.rest_client.pool_manager = self._pool
        client.user_agent = f"kam-sync/{__version__}"
        client.set_default_header("Accept-Encoding", "gzip")
        return client

    # Each access to the SDK's discovery makes a new API object, so that each is kept.
    @functools.cached_property
    def _basic_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        return self._sdk.crm.objects.basic_api

    @functools.cached_property
    def _batch_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        return self._sdk.crm.objects.batch_api

    @functools.cached_property
    def _owners_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        return self._sdk.crm.owners.owners_api

    @functools.cached_property
    def properties_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        """The SDK's calls about properties; what they are asked goes through `run`."""
        return self._sdk.crm.properties.core_api

    @functools.cached_property
    def groups_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        """The SDK's calls about property groups; what they are asked goes through `run`."""
        return self._sdk.crm.properties.groups_api

    @functools.cached_property
    def _search_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        return self._sdk.crm.objects.search_api

    @functools.cached_property
    def _pipelines_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        return self._sdk.crm.pipelines.pipelines_api

    @functools.cached_property
    def _labels_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        return self._sdk.crm.associations.v4.schema.definitions_api

    @functools.cached_property
    def _associations_api(self) -> Any:  # noqa: ANN401 - the SDK has no types
        return self._sdk.crm.associations.v4.batch_api
