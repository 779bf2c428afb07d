"""Writing records over HTTP: batches with their partial failures, and single records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from kam_sync_hubspot.local_crm.bodies import (
    CreateBatch,
    CreateInput,
    IdBatch,
    LinkSpec,
    MergeBody,
    PropertiesBody,
    UpdateBatch,
    UpdateInput,
)
from kam_sync_hubspot.local_crm.errors import RefusalError, invalid, missing_objects, not_found, not_served
from kam_sync_hubspot.local_crm.exchange import NO_CONTENT, Answer, Call, json_answer
from kam_sync_hubspot.local_crm.objects import ObjectType
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.reading import Reading, check_batch, numeric, record_json
from kam_sync_hubspot.local_crm.record_store import StoredRecord
from kam_sync_hubspot.local_crm.writer import Link

InputT = TypeVar("InputT", CreateInput, UpdateInput)
Result = dict[str, object]


class _UnknownIdError(RefusalError):
    """An input of a batch names a record that does not exist, or not as a live one."""

    def __init__(self, object_type: ObjectType, text: str) -> None:
        super().__init__(404, missing_objects(object_type.singular, [text]))


class Writing:
    """The routes that write records."""

    def __init__(self, portal: Portal, reading: Reading) -> None:
        self._portal = portal
        self._reading = reading

    def create(self, call: Call) -> Answer:
        """POST /{objectType}: create one record; 201."""
        call.allow_query()
        given = call.model(CreateInput)
        return json_answer(201, self._created(call, call.object_type(), given))

    def update(self, call: Call) -> Answer:
        """PATCH /{objectType}/{id}: change one record; 200."""
        call.allow_query("idProperty")
        object_type = call.object_type()
        record = self._reading.find(object_type, call.parts["id"], call.text("idProperty"))
        if record is None:
            raise not_found(context={"id": [call.parts["id"]]})
        return json_answer(200, _written(self._change(call, record, call.model(PropertiesBody).properties)))

    def archive(self, call: Call) -> Answer:
        """DELETE /{objectType}/{id}: archive one record; 204 even when it is gone already."""
        call.allow_query()
        self._archive(call.object_type(), [call.parts["id"]])
        return NO_CONTENT

    def merge(self, call: Call) -> Answer:
        """POST /companies/merge: merge two companies; 200 with the result."""
        call.allow_query()
        object_type, given = call.object_type(), call.model(MergeBody)
        if object_type is not ObjectType.COMPANY:
            raise not_served(f"merging {object_type.plural}")
        merged = self._portal.merger.merge(numeric(given.primary_object_id), numeric(given.object_id_to_merge))
        return json_answer(200, _written(merged))

    def batch_create(self, call: Call) -> Answer:
        """POST /{objectType}/batch/create: 201; the order of the results is not that of the inputs."""
        call.allow_query()
        inputs, object_type = call.model(CreateBatch).inputs, call.object_type()
        results, errors = self._each(inputs, lambda given: self._created(call, object_type, given))
        return self._reading.batch_answer(201, results[::-1], errors)

    def batch_update(self, call: Call) -> Answer:
        """POST /{objectType}/batch/update: 200; ids that do not exist make it a 207."""
        call.allow_query()
        inputs, object_type = call.model(UpdateBatch).inputs, call.object_type()
        _refuse_doubles(inputs)

        def change(given: UpdateInput) -> Result:
            record = self._reading.find(object_type, given.id, given.id_property)
            if record is None:
                raise _UnknownIdError(object_type, given.id)
            return _written(self._change(call, record, given.properties), given.object_write_trace_id)

        results, errors = self._each(inputs, change)
        return self._reading.batch_answer(200, results, errors)

    def batch_upsert(self, call: Call) -> Answer:
        """POST /{objectType}/batch/upsert by a unique property: 200; `new` tells what was created."""
        call.allow_query()
        inputs, object_type = call.model(UpdateBatch).inputs, call.object_type()
        _refuse_doubles(inputs)
        unique = self._portal.catalogue.unique_names(object_type)
        if any(given.id_property not in unique for given in inputs):
            raise invalid(f"Unable to perform update/upsert by non-unique {object_type.type_id} property")

        def upsert(given: UpdateInput) -> Result:
            name = given.id_property or ""
            record = self._reading.find(object_type, given.id, name)
            if record is not None:
                written = self._change(call, record, given.properties)
            else:
                properties = {name: given.id, **given.properties}
                written = self._portal.writer.create(object_type, properties, version=call.version)
            return _written(written, given.object_write_trace_id) | {"new": record is None}

        results, errors = self._each(inputs, upsert)
        return self._reading.batch_answer(200, results, errors)

    def batch_archive(self, call: Call) -> Answer:
        """POST /{objectType}/batch/archive: 204; ids that do not exist are passed over."""
        call.allow_query()
        inputs = call.model(IdBatch).inputs
        check_batch(inputs)
        self._archive(call.object_type(), [given.id for given in inputs])
        return NO_CONTENT

    def _each(self, inputs: Sequence[InputT], action: Callable[[InputT], Result]) -> tuple[list[Result], list[Result]]:
        """Do something for every input; one refusal ends the batch unless every input has its own trace id.

        An unknown id never ends it.
        """
        check_batch(inputs)
        traces = {given.object_write_trace_id for given in inputs}
        partial = len(traces) == len(inputs) and None not in traces
        results: list[Result] = []
        errors: list[Result] = []
        for given in inputs:
            try:
                with self._portal.database.attempt():
                    results.append(action(given))
            except RefusalError as refusal:
                if not partial and not isinstance(refusal, _UnknownIdError):
                    raise
                trace = given.object_write_trace_id
                errors.append(refusal.as_batch_error({} if trace is None else {"objectWriteTraceId": [trace]}))
        return results, errors

    def _change(self, call: Call, record: StoredRecord, properties: Mapping[str, str]) -> StoredRecord:
        return self._portal.writer.update(record, properties, version=call.version)

    def _created(self, call: Call, object_type: ObjectType, given: CreateInput) -> Result:
        links = [link for spec in given.associations for link in self._links(object_type, spec)]
        record = self._portal.writer.create(object_type, given.properties, links, version=call.version)
        return _written(record, given.object_write_trace_id)

    def _links(self, object_type: ObjectType, spec: LinkSpec) -> list[Link]:
        """Return the associations an input asks for; the type's number alone says what it leads to."""
        if not spec.types:
            raise invalid("An association needs at least one type.")
        links = []
        for each in spec.types:
            known = self._portal.associations.type(each.association_type_id)
            target = known.pair[1] if known else object_type
            checked = self._portal.associations.checked(
                (object_type, target), each.association_category, each.association_type_id
            )
            links.append(Link(type=checked, to_id=numeric(spec.to.id)))
        return links

    def _archive(self, object_type: ObjectType, ids: Sequence[str]) -> None:
        for record in self._portal.records.many(object_type, [numeric(each) for each in ids], archived=False).values():
            self._portal.writer.archive(record)


def _written(record: StoredRecord, trace_id: str | None = None) -> Result:
    body = record_json(record, dict(record.properties))
    return body if trace_id is None else body | {"objectWriteTraceId": trace_id}


def _refuse_doubles(inputs: Sequence[UpdateInput]) -> None:
    counted = Counter(given.id for given in inputs)
    if doubles := sorted(text for text, count in counted.items() if count > 1):
        raise invalid(f"Duplicate IDs found in batch input: [{', '.join(doubles)}]. IDs must be unique.")
