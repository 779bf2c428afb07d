"""The connector: what kam-sync asks of Acme, and what Acme answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Final, Self

from pydantic import BaseModel

from kam_sync.errors import ConfigError, MalformedAnswerError, RateLimitedError, TransientError
from kam_sync.names import RELATIONS
from kam_sync.ports import (
    ApiUsage,
    KeyLookup,
    OrgDescription,
    Page,
    Runtime,
    TaskState,
    TaskWrite,
    WriteOutcome,
    WriteResult,
)
from kam_sync.records import RecordKind, Role
from kam_sync_acme import _tasks
from kam_sync_acme._client import PAGE, AcmeClient, items
from kam_sync_acme._mapping import RESOURCES, page
from kam_sync_acme.settings import AcmeSettings

BATCH: Final = 50
"""Tasks that Acme writes or looks up in one call at most."""


class AcmeConnector:
    """One connection to one Acme."""

    name: ClassVar[str] = "acme"
    settings_model: ClassVar[type[BaseModel]] = AcmeSettings

    def __init__(self, client: AcmeClient, settings: AcmeSettings) -> None:
        self._client = client
        self._settings = settings

    @classmethod
    def open(cls, settings: BaseModel, runtime: Runtime) -> Self:
        """Return a connector; nothing is called yet. Acme knows no groups, so that nothing can be inherited in them."""
        if not isinstance(settings, AcmeSettings):
            raise TypeError("the Acme connector takes AcmeSettings")
        if runtime.include_parents:
            raise ConfigError("nothing can be inherited in Acme; take `inherit` out of this org's section")
        return cls(AcmeClient(settings, runtime.sleep), settings)

    def describe(self) -> OrgDescription:
        """Say who the org is, and what cannot be known there."""
        org = self._client.get("org")
        if not isinstance(org.get("id"), str) or not isinstance(org.get("customers"), int):
            raise MalformedAnswerError("Acme's answer to 'org' says neither who it is nor how many customers it has")
        pages = {RecordKind.ACCOUNT: "customers", RecordKind.CONTACT: "contacts", RecordKind.OPPORTUNITY: "deals"}
        unknown = [relation for kind, relation in RELATIONS.items() if kind not in RESOURCES]
        return OrgDescription(
            org_uid=f"acme-{org['id']}",
            name=str(org.get("name") or org["id"]),
            unknown=dict.fromkeys(unknown, "Acme has no place for it"),
            labels={f"roles.{role}": f"the team of the customer, as {role.label}" for role in Role},
            record_urls={kind: f"{self._settings.url}/{resource}/{{id}}" for kind, resource in pages.items()},
            task_url=f"{self._settings.url}/tasks/{{id}}",
            accounts_total=int(str(org["customers"])),
        )

    def pull(self, kind: RecordKind, account_ids: Callable[[], Iterable[str]]) -> Iterator[Page]:
        """Yield the records of a kind; Acme itself tells key customers and what hangs on them."""
        del account_ids
        after = ""
        while True:
            answer = self._client.get(RESOURCES[kind], key="true", limit=str(PAGE), after=after)
            yield page(kind, items(answer))
            following = answer.get("next")
            if following is None:
                return
            if not isinstance(following, str) or following <= after:
                raise MalformedAnswerError(f"the pages of Acme's {RESOURCES[kind]!r} do not go on")
            after = following

    def read_tasks(self, task_ids: Sequence[str]) -> Mapping[str, TaskState]:
        """Return the tasks of these ids, deleted ones too."""
        found = [state for part in _parts(task_ids) for state in self._tasks(id=part)]
        return {state.id: state for state in found}

    def find_tasks(self, lookups: Sequence[KeyLookup]) -> Mapping[str, TaskState | None]:
        """Return the task that carries each key: Acme's index is never behind, so that what it does not find is not."""
        keys = [lookup.key for lookup in lookups]
        found = {state.key: state for part in _parts(keys) for state in self._tasks(taskKey=part)}
        return {key: found.get(key) for key in keys}

    def _tasks(self, **query: Sequence[str]) -> list[TaskState]:
        return [_tasks.state(item) for item in items(self._client.get("tasks", **query))]

    def write_tasks(self, writes: Sequence[TaskWrite]) -> Sequence[WriteResult]:
        """Write a batch; where no answer came, nobody knows what became of it until the keys are looked up."""
        try:
            answer = self._client.post("tasks", {"tasks": [_tasks.payload(write) for write in writes]})
            results = items(answer, "results")
        except RateLimitedError as error:
            return [_all_alike(write, WriteOutcome.FAILED, str(error)) for write in writes]
        except (TransientError, MalformedAnswerError) as error:
            return [_all_alike(write, WriteOutcome.UNCERTAIN, str(error)) for write in writes]
        if len(results) != len(writes):
            return [_all_alike(write, WriteOutcome.UNCERTAIN, "Acme's answer is incomplete") for write in writes]
        return [_tasks.result(write, each) for write, each in zip(writes, results, strict=True)]

    @property
    def batch_size(self) -> int:
        """How many tasks one call takes."""
        return BATCH

    def usage(self) -> ApiUsage:
        """Return the requests so far."""
        return self._client.usage()

    def close(self) -> None:
        """Give back connections."""
        self._client.close()


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _all_alike(write: TaskWrite, outcome: WriteOutcome, problem: str) -> WriteResult:
    return WriteResult(operation_id=write.operation_id, outcome=outcome, problem=problem)
