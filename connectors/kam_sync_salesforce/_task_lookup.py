"""Reads our tasks back: by id, or by the key that they carry. Deleted and archived ones are seen too (queryAll)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kam_sync.errors import PermissionDeniedError
from kam_sync.identity import TASK_KEY
from kam_sync.ports import KeyLookup, TaskState
from kam_sync_salesforce._queries import Query, any_of, chunks, is_record_id, quote, record_id
from kam_sync_salesforce._task_fields import TaskFields
from kam_sync_salesforce._tasks import task_state

if TYPE_CHECKING:
    from kam_sync_salesforce._client import SalesforceClient


class TaskLookup:
    """Finds tasks of one org."""

    def __init__(self, client: SalesforceClient, fields: TaskFields) -> None:
        self._client = client
        self._fields = fields

    def read(self, task_ids: Sequence[str]) -> Mapping[str, TaskState]:
        """Return the tasks of these ids, by the ids as given; what Salesforce does not know is left out."""
        asked = {record_id(task_id): task_id for task_id in task_ids if is_record_id(task_id)}
        found: dict[str, TaskState] = {}
        for ids in chunks(asked):
            for state in self._states(any_of("Id", ids)):
                found[asked.get(state.id, state.id)] = state
        return found

    def find(self, lookups: Sequence[KeyLookup]) -> Mapping[str, TaskState | None]:
        """Return for every key its task, a live one before a deleted one, or None where it proved absent."""
        wanted = {lookup.key: lookup.account_ids for lookup in lookups if TASK_KEY.fullmatch(lookup.key)}
        found: dict[str, TaskState | None] = {}
        if self._fields.key_field is not None:
            for keys in chunks(wanted):
                self._keep(found, wanted, self._states(any_of(self._fields.key_field, keys)))
        if self._fields.upsert:
            return {key: found.get(key) for key in wanted}
        live = {key for key, state in found.items() if state and not state.deleted}
        return self._find_by_text(found, {key: accounts for key, accounts in wanted.items() if key not in live})

    def _find_by_text(
        self, found: dict[str, TaskState | None], wanted: Mapping[str, Sequence[str]]
    ) -> Mapping[str, TaskState | None]:
        """Add the tasks whose key is only in their description: all that we made on the accounts are looked through.

        Absence is proven only for a key whose accounts are all known and while we know who we are.
        """
        user = self._client.user_id() if wanted else None
        if user is None:
            return {key: state for key, state in found.items() if state}
        accounts = {record_id(each) for ids in wanted.values() for each in ids if is_record_id(each)}
        for chunk in chunks(sorted(accounts)):
            mine = f"CreatedById = {quote(user)}"
            self._keep(found, wanted, self._states(any_of("WhatId", chunk), mine))
        for key, ids in wanted.items():
            if ids and all(is_record_id(each) for each in ids):
                found.setdefault(key, None)
        return found

    def _keep(
        self, found: dict[str, TaskState | None], wanted: Mapping[str, object], states: Sequence[TaskState]
    ) -> None:
        for state in states:
            if state.key is None or state.key not in wanted:
                continue
            former = found.get(state.key)
            if former is None or (former.deleted and not state.deleted):
                found[state.key] = state

    def _states(self, *where: str) -> list[TaskState]:
        if not self._fields.fields:
            raise PermissionDeniedError("the integration user may not read Task; give it Read and View All on Task")
        query = Query(sobject="Task", fields=self._fields.fields, where=where, include_deleted=True)
        return [task_state(row, self._fields) for rows in self._client.rows(query) for row in rows]
