"""The connector: kam-sync's seam to Salesforce, put together from the modules beside it.

Nothing is decided here but what is asked when; Salesforce is first contacted when something is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, Self

from pydantic import BaseModel

from kam_sync.ports import (
    ApiUsage,
    KeyLookup,
    OrgDescription,
    Page,
    Runtime,
    TaskState,
    TaskWrite,
    WriteResult,
)
from kam_sync.records import RecordKind
from kam_sync.setup_ports import Answers, SetupItem, Survey
from kam_sync_salesforce._discovery import Org, discover
from kam_sync_salesforce._pulling import Puller
from kam_sync_salesforce._section_text import CONNECTION, section_text
from kam_sync_salesforce._setup import Setup
from kam_sync_salesforce._survey_look import survey
from kam_sync_salesforce._task_lookup import TaskLookup
from kam_sync_salesforce._writing import BATCH, TaskWriter
from kam_sync_salesforce.settings import SalesforceSettings

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient


class SalesforceConnector:
    """One connection to one Salesforce org; see README.md beside this module for what it reads and writes."""

    name: ClassVar[str] = "salesforce"
    settings_model: ClassVar[type[BaseModel]] = SalesforceSettings
    connection: ClassVar[str] = CONNECTION
    connection_keys: ClassVar[tuple[str, ...]] = ("auth", "login_url", "allow_loopback_http", "api_version")

    def __init__(self, settings: SalesforceSettings, runtime: Runtime) -> None:
        # Imported here, since the vendor library takes a third of a second that `kam-sync --help` need not spend.
        from kam_sync_salesforce._client import SalesforceClient  # noqa: PLC0415 - see above

        self._settings = settings
        self._runtime = runtime
        self._client: Final[SalesforceClient] = SalesforceClient(settings, sleep=runtime.sleep)
        self._discovered: Org | None = None
        self._setting_up: Setup | None = None

    @classmethod
    def open(cls, settings: BaseModel, runtime: Runtime) -> Self:
        """Return a connector; it logs in when something is first asked of it.

        Raises:
            TypeError: `settings` is not an instance of `settings_model`.
        """
        if not isinstance(settings, SalesforceSettings):
            msg = f"expected SalesforceSettings, not {type(settings).__name__}"
            raise TypeError(msg)
        return cls(settings, runtime)

    @property
    def _org(self) -> Org:
        if self._discovered is None:
            self._discovered = discover(self._client, self._settings, self._runtime)
        return self._discovered

    @property
    def _lookup(self) -> TaskLookup:
        return TaskLookup(self._client, self._org.task_fields)

    @property
    def _setup(self) -> Setup:
        if self._setting_up is None:
            self._setting_up = Setup(self._client, self._settings, self._runtime)
        return self._setting_up

    def describe(self) -> OrgDescription:
        """Look at the org: who it is, what can be read and written, whether everything mapped exists."""
        return self._org.description()

    def pull(self, kind: RecordKind, account_ids: Callable[[], Iterable[str]]) -> Iterator[Page]:
        """Yield all records of a kind, a page at a time; `account_ids` is not needed, the scope is part of the query.

        Raises:
            ConfigError: The scope cannot be had in this org.
            PermissionDeniedError: The kind is mapped but cannot be read.
        """
        del account_ids
        yield from Puller(self._client, self._org, self._runtime).pull(kind)

    def read_tasks(self, task_ids: Sequence[str]) -> Mapping[str, TaskState]:
        """Return the tasks of these ids, closed, archived and deleted ones too; an id not returned is unknown."""
        return self._lookup.read(task_ids) if task_ids else {}

    def find_tasks(self, lookups: Sequence[KeyLookup]) -> Mapping[str, TaskState | None]:
        """Return for every key the task that carries it, or None where its absence is proven."""
        return self._lookup.find(lookups) if lookups else {}

    def write_tasks(self, writes: Sequence[TaskWrite]) -> Sequence[WriteResult]:
        """Write a batch, one result each in the same order; raises only when nothing was written."""
        if not writes:
            return []
        writer = TaskWriter(
            self._client,
            self._org.task_fields,
            self._lookup,
            zone=self._runtime.timezone,
            sleep=self._runtime.sleep,
        )
        return writer.write(writes)

    @property
    def batch_size(self) -> int:
        """How many writes one call of Salesforce takes."""
        return BATCH

    @classmethod
    def section(cls, name: str, connection: str, survey: Survey | None, answers: Answers) -> str:
        """Return an org's section of the policy as commented YAML, two spaces of indent, that validates as it is.

        Raises:
            ConfigError: An answer is nothing that can be written, such as a field's name with a space in it.
        """
        return section_text(name, connection, survey, answers)

    def survey(self) -> Survey:
        """Look at the org and propose what its section of the policy should say; reads nothing but the schema."""
        return survey(self._client)

    def setup_items(self) -> Sequence[SetupItem]:
        """Return everything in the org that its section of the policy needs, in the order in which it is made.

        Raises:
            PermissionDeniedError: The user may not look at the org's setup.
        """
        return self._setup.items()

    def set_up(self, item: SetupItem) -> None:
        """Make an item that is missing; making it twice is no error.

        Raises:
            PermissionDeniedError: The user may not change the org's setup; the message says which permissions it lacks.
            ConnectorError: Salesforce does not make it.
        """
        self._discovered = None
        self._setup.make(item)

    def take_down(self, item: SetupItem) -> None:
        """Remove an item that is ours; one that is gone already is no error.

        Raises:
            PermissionDeniedError: The user may not change the org's setup.
            ConnectorError: Salesforce does not remove it, for instance as a flow still uses the field.
        """
        self._discovered = None
        self._setup.remove(item)

    def setup_files(self) -> Mapping[str, str]:
        """Return the same items as a folder for Salesforce's own deployment tool: path → text; reads describe only."""
        return self._setup.files()

    def usage(self) -> ApiUsage:
        """Return the API usage so far."""
        return self._client.usage()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
