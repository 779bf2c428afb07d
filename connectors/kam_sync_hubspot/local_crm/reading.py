"""Reading records over HTTP: list, get one, batch read, and the JSON of a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from kam_sync_hubspot.local_crm.bodies import ReadBatch
from kam_sync_hubspot.local_crm.errors import invalid, missing_objects, not_found, not_served
from kam_sync_hubspot.local_crm.exchange import Answer, Call, json_answer
from kam_sync_hubspot.local_crm.moments import iso
from kam_sync_hubspot.local_crm.objects import ObjectType, object_type_named
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.record_store import StoredRecord

LIST_PAGE = 100
"""Records per list page at most; vendor limit."""
BATCH = 100
"""Records per batch read, create, update, upsert or archive at most; vendor limit."""
WITH_HISTORY = 50
"""Records per list page or batch read at most when the history of properties is asked for; vendor limit."""

Pick = Callable[[Mapping[str, str]], dict[str, str | None]]
Answered = Callable[[StoredRecord], dict[str, object]]


def record_json(record: StoredRecord, properties: Mapping[str, str | None]) -> dict[str, object]:
    """Return a record as HubSpot answers it, with these of its properties."""
    body: dict[str, object] = {
        "id": str(record.id),
        "properties": properties,
        "createdAt": record.created_at,
        "updatedAt": record.updated_at,
        "archived": record.archived_at is not None,
    }
    if record.archived_at is not None:
        body["archivedAt"] = record.archived_at
    return body


def numeric(text: str) -> int:
    """Return a record id as a number; one that is none names no record, which -1 stands for."""
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def check_batch(inputs: Sequence[object], limit: int = BATCH) -> None:
    """Refuse a batch that is empty or beyond the limit."""
    if not 1 <= len(inputs) <= limit:
        raise invalid(f"The number of inputs must be between 1 and {limit}, it is {len(inputs)}.")


def next_page(call: Call, after: int | str) -> dict[str, object]:
    """Return the `paging` of a page that is followed by another one."""
    query = {**{name: list(values) for name, values in call.query.items()}, "after": [str(after)]}
    link = f"{call.base_url}{call.path}?{urlencode(query, doseq=True)}"
    return {"next": {"after": str(after), "link": link}}


class Reading:
    """The routes that read records."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def list_records(self, call: Call) -> Answer:
        """GET /{objectType}: a page of records by ascending id."""
        call.allow_query("limit", "after", "properties", "propertiesWithHistory", "associations", "archived")
        object_type, after, historic = call.object_type(), call.after(), call.listed("propertiesWithHistory")
        limit = call.limit(default=10, maximum=WITH_HISTORY if historic else LIST_PAGE)
        limit = self._portal.switches.page_size(limit)
        found = self._portal.records.page(
            object_type,
            after=after,
            limit=limit + 1,
            archived=call.flag("archived"),
            inclusive=call.repeat_record,
        )
        page = found[:limit]
        pick = self._portal.catalogue.answered(object_type, call.listed("properties"))
        answered = self._with_history(object_type, historic, pick)
        body: dict[str, object] = {"results": [self._with_associations(call, record, answered) for record in page]}
        if len(found) > limit:
            body["paging"] = next_page(call, page[-1].id)
        return json_answer(200, body)

    def get_record(self, call: Call) -> Answer:
        """GET /{objectType}/{id}: one record; a former id answers with the record it was merged into."""
        call.allow_query("properties", "propertiesWithHistory", "associations", "archived", "idProperty")
        object_type = call.object_type()
        found = self.find(object_type, call.parts["id"], call.text("idProperty"), archived=call.flag("archived"))
        if found is None:
            raise not_found(context={"id": [call.parts["id"]]})
        pick = self._portal.catalogue.answered(object_type, call.listed("properties"))
        answered = self._with_history(object_type, call.listed("propertiesWithHistory"), pick)
        return json_answer(200, self._with_associations(call, found, answered))

    def batch_read(self, call: Call) -> Answer:
        """POST /{objectType}/batch/read: records by id or unique property; unknown ones make it a 207."""
        call.allow_query("archived")
        body = call.model(ReadBatch)
        check_batch(body.inputs, WITH_HISTORY if body.properties_with_history else BATCH)
        object_type, archived = call.object_type(), call.flag("archived")
        asked = list(dict.fromkeys(each.id for each in body.inputs))
        if self._is_unique(object_type, body.id_property):
            by_value = {text: self.find(object_type, text, body.id_property, archived=archived) for text in asked}
            found = {text: record for text, record in by_value.items() if record is not None}
        else:
            by_id = self._portal.records.many(object_type, [numeric(text) for text in asked], archived=archived)
            found = {text: by_id[numeric(text)] for text in asked if numeric(text) in by_id}
        pick = self._portal.catalogue.answered(object_type, body.properties)
        records = {record.id: record for record in found.values()}
        answered = self._with_history(object_type, body.properties_with_history, pick)
        results = [answered(records[number]) for number in sorted(records)]
        missing = [text for text in asked if text not in found]
        errors = [missing_objects(object_type.singular, missing)] if missing else []
        return self.batch_answer(200, results, errors)

    def batch_answer(
        self, status: int, results: Sequence[Mapping[str, object]], errors: Sequence[Mapping[str, object]]
    ) -> Answer:
        """Return the answer of a batch: the status, or 207 when there are errors."""
        now = iso(self._portal.clock.now())
        body: dict[str, object] = {
            "status": "COMPLETE",
            "results": results,
            "requestedAt": now,
            "startedAt": now,
            "completedAt": now,
        }
        if errors:
            body |= {"numErrors": len(errors), "errors": errors}
        return json_answer(207 if errors else status, body)

    def find(
        self, object_type: ObjectType, text: str, id_property: str | None, *, archived: bool = False
    ) -> StoredRecord | None:
        """Return a record by its id or by a unique property, or None; refuses a property that is not unique."""
        if not self._is_unique(object_type, id_property):
            return self._portal.records.find(object_type, numeric(text), archived=archived)
        if archived:
            raise not_served("archived records by a unique property")
        number = self._portal.records.id_with(object_type, id_property or "", text)
        return None if number is None else self._portal.records.find(object_type, number)

    def _is_unique(self, object_type: ObjectType, id_property: str | None) -> bool:
        if id_property in {None, "hs_object_id"}:
            return False
        if id_property not in self._portal.catalogue.unique_names(object_type):
            raise invalid(f"{id_property} is not a unique property of {object_type.type_id}.")
        return True

    def _with_history(self, object_type: ObjectType, asked: Sequence[str], pick: Pick) -> Answered:
        """Return the function that answers a record, with the history of properties if any is asked for."""
        if not asked:
            return lambda record: record_json(record, pick(record.properties))
        names, history = self._portal.catalogue.historic(object_type, asked), self._portal.history
        return lambda record: (
            record_json(record, pick(record.properties)) | {"propertiesWithHistory": history.of(record, names)}
        )

    def _with_associations(self, call: Call, record: StoredRecord, answered: Answered) -> dict[str, object]:
        body = answered(record)
        wanted = [object_type_named(name) for name in call.listed("associations")]
        inline: dict[str, object] = {}
        for target in wanted:
            if target is not None and (shown := self._inline(call, record, target)):
                inline[target.plural] = shown
        if inline:
            body["associations"] = inline
        return body

    def _inline(self, call: Call, record: StoredRecord, target: ObjectType) -> dict[str, object]:
        """Return a record's associations as a read shows them: cut off after so many."""
        associations = self._portal.associations
        page = associations.page(
            (record.object_type, target), record.id, after=0, limit=self._portal.switches.inline_associations
        )
        name = f"{record.object_type.singular}_to_{target.singular}"
        results = [
            {"id": str(to_id), "type": name if spec["label"] or len(types) == 1 else f"{name}_unlabeled"}
            for to_id, types in page.targets
            for spec in associations.specs(types)
        ]
        if not results:
            return {}
        shown: dict[str, object] = {"results": results}
        if page.after is not None:
            link = f"{call.base_url}{call.path}/{record.id}/associations/{target.plural}?after={page.after}"
            shown["paging"] = {"next": {"after": str(page.after), "link": link}}
        return shown
