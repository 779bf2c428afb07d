"""The HubSpot connector: kam_sync's seam on one side, the parts of this package on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import ClassVar, Self

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
from kam_sync_hubspot import _tasks
from kam_sync_hubspot._answers import HubSpotObject
from kam_sync_hubspot._client import ASSOCIATION_BATCH_SIZE, BATCH_SIZE, HubSpotClient
from kam_sync_hubspot._describing import PortalSurvey
from kam_sync_hubspot._portal import Portal
from kam_sync_hubspot._pulling import Puller
from kam_sync_hubspot._reading import batches, object_batches, read_associations, read_objects
from kam_sync_hubspot._section_text import CONNECTION, section_text
from kam_sync_hubspot._setting_up import PortalSetup
from kam_sync_hubspot._values import UnfitValueError
from kam_sync_hubspot._writing import TaskWriter
from kam_sync_hubspot.settings import HubSpotSettings


class HubSpotConnector:
    """One connection to one HubSpot account (portal); see kam_sync.ports.Connector and kam_sync.setup_ports.SetsUp.

    Use `open`. One thread at a time may use it.
    """

    name: ClassVar[str] = "hubspot"
    settings_model: ClassVar[type[BaseModel]] = HubSpotSettings
    connection: ClassVar[str] = CONNECTION
    connection_keys: ClassVar[tuple[str, ...]] = ("auth", "host", "allow_loopback_http", "api_version")

    def __init__(self, settings: HubSpotSettings, runtime: Runtime) -> None:
        self._settings = settings
        self._runtime = runtime
        self._client = HubSpotClient(settings, runtime)
        portal = Portal(self._client, settings, runtime)
        self._survey = PortalSurvey(self._client, settings, portal)
        self._setup = PortalSetup(self._client, settings)
        self._puller = Puller(self._client, settings, runtime, portal)

    @classmethod
    def open(cls, settings: BaseModel, runtime: Runtime) -> Self:
        """Return a connector; nothing is sent before it is asked something."""
        if not isinstance(settings, HubSpotSettings):
            raise TypeError(f"the HubSpot connector takes HubSpotSettings, not {type(settings).__name__}")
        return cls(settings, runtime)

    def describe(self) -> OrgDescription:
        """Look at the portal; raises PermissionDeniedError if companies may not be read."""
        return self._survey.describe()

    def pull(self, kind: RecordKind, account_ids: Callable[[], Iterable[str]]) -> Iterator[Page]:
        """Yield all records of a kind; what companies hold is replayed from their listing."""
        return self._puller.pull(kind, account_ids)

    def read_tasks(self, task_ids: Sequence[str]) -> Mapping[str, TaskState]:
        """Return the tasks of these ids; what is missing is looked for among the archived ones, which are deleted.

        An id that is in neither place, or whose task holds a value that cannot be read, is left out.
        """
        states: dict[str, TaskState] = {}
        missing: list[str] = []
        for batch in object_batches(dict.fromkeys(task_ids)):
            answer = read_objects(self._client, "tasks", batch, self._task_properties)
            self._add_states(states, answer.found)
            missing += [task_id for task_id in batch if task_id not in answer.found]
        for batch in object_batches(missing):
            answer = read_objects(self._client, "tasks", batch, self._task_properties, archived=True)
            self._add_states(states, answer.found)
        return states

    def find_tasks(self, lookups: Sequence[KeyLookup]) -> Mapping[str, TaskState | None]:
        """Return for every key the living task that carries it, or None where there is none.

        All tasks associated with the accounts of a lookup are read completely. That proves that no task which is not
        deleted and hangs on one of these companies carries the key. It does not prove that there never was one: HubSpot
        takes the associations of an archived task away, so that a task which a person has deleted is not seen. A
        task that could not be read leaves the keys of its accounts unproven, unless they are found elsewhere.
        """
        keys_of: dict[str, set[str]] = {}
        for lookup in lookups:
            for account_id in lookup.account_ids:
                keys_of.setdefault(account_id, set()).add(lookup.key)
        found: dict[str, TaskState] = {}
        doubtful: set[str] = set()
        for accounts in batches(keys_of, ASSOCIATION_BATCH_SIZE):
            tasks_of = read_associations(self._client, "companies", "tasks", accounts)
            unread = self._find_among(tasks_of, {lookup.key for lookup in lookups}, found)
            doubtful.update(*(keys_of[account] for account in accounts if not unread.isdisjoint(tasks_of[account])))
        proven = [lookup for lookup in lookups if lookup.key in found or lookup.key not in doubtful]
        return {lookup.key: found.get(lookup.key) for lookup in proven if lookup.account_ids}

    def _find_among(
        self, tasks_of: Mapping[str, Sequence[str]], keys: Set[str], found: dict[str, TaskState]
    ) -> Set[str]:
        """Add the tasks of some accounts that carry one of the keys; return the ids of those that could not be read."""
        account_of = {task_id: account for account, task_ids in tasks_of.items() for task_id in task_ids}
        unread: set[str] = set()
        for batch in object_batches(account_of):
            answer = read_objects(self._client, "tasks", batch, self._task_properties)
            unread |= answer.unanswered
            for task_id, item in answer.found.items():
                state = self._state(item, account_of[task_id])
                if state is None:
                    unread.add(task_id)
                elif state.key is not None and state.key in keys and not state.deleted:
                    found.setdefault(state.key, state)
        return unread

    def write_tasks(self, writes: Sequence[TaskWrite]) -> Sequence[WriteResult]:
        """Write changes in one call and creates, with company and key, in another; one result each."""
        return TaskWriter(self._client, self._runtime, self._settings.tasks.key_property).write(writes)

    @property
    def batch_size(self) -> int:
        """HubSpot takes at most 100 tasks in a batch."""
        return BATCH_SIZE

    @classmethod
    def section(cls, name: str, connection: str, survey: Survey | None, answers: Answers) -> str:
        """Return an org's section of the policy; raises ConfigError for an answer that is no property's name.

        The scope is answered by a property, or by `property=value;value` where not a checkbox says it.
        """
        return section_text(name, connection, survey, answers)

    def survey(self) -> Survey:
        """Propose a policy by the names and kinds of the portal's properties, in four calls."""
        return self._setup.survey()

    def setup_items(self) -> Sequence[SetupItem]:
        """Return the property groups, properties and options that the policy needs; two calls an object type.

        Of each that setup made, one search more counts the records that hold a value.
        """
        return self._setup.items()

    def set_up(self, item: SetupItem) -> None:
        """Make a property group, property or option that is missing."""
        self._setup.set_up(item)

    def take_down(self, item: SetupItem) -> None:
        """Archive a property that setup made, or remove its group or option; raises RefusedError for people's."""
        self._setup.take_down(item)

    def setup_files(self) -> Mapping[str, str]:
        """Return nothing: HubSpot has no tool that takes properties as files."""
        return {}

    def usage(self) -> ApiUsage:
        """Return every HTTP request so far, and the account's day as its headers tell it."""
        return self._client.usage()

    def close(self) -> None:
        """Close all connections and delete what was kept between pulls."""
        self._puller.close()
        self._client.close()

    @property
    def _task_properties(self) -> tuple[str, ...]:
        return (*_tasks.TASK_STATE_PROPERTIES, self._settings.tasks.key_property)

    def _add_states(self, states: dict[str, TaskState], found: Mapping[str, HubSpotObject]) -> None:
        for task_id, item in found.items():
            state = self._state(item)
            if state is not None:
                states[task_id] = state

    def _state(self, item: HubSpotObject, account_id: str | None = None) -> TaskState | None:
        """Return a task's state, or None when a value of it cannot be read."""
        try:
            return _tasks.state_of(item, self._runtime.timezone, self._settings.tasks.key_property, account_id)
        except UnfitValueError:
            return None
