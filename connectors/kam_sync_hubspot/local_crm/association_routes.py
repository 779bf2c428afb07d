"""Associations over HTTP: batch read with its paging per record, create, archive, labels."""

from __future__ import annotations

from kam_sync_hubspot.local_crm.associations import AssociatedPage, AssociationType, Pair
from kam_sync_hubspot.local_crm.bodies import (
    AssociationArchiveBatch,
    AssociationCreateBatch,
    AssociationReadBatch,
    DefaultAssociationBatch,
    LabelBody,
)
from kam_sync_hubspot.local_crm.errors import invalid
from kam_sync_hubspot.local_crm.exchange import NO_CONTENT, Answer, Call, json_answer
from kam_sync_hubspot.local_crm.portal import Portal
from kam_sync_hubspot.local_crm.reading import Reading, check_batch, numeric

READ_BATCH = 1_000
"""Records per batch read at most; vendor limit."""
WRITE_BATCH = 2_000
"""Pairs per batch create or archive at most; vendor limit."""


class AssociationRoutes:
    """The routes of associations and their types."""

    def __init__(self, portal: Portal, reading: Reading) -> None:
        self._portal = portal
        self._reading = reading

    def batch_read(self, call: Call) -> Answer:
        """POST …/batch/read: what records are associated with; those with nothing make it a 207."""
        call.allow_query()
        inputs, pair = call.model(AssociationReadBatch).inputs, _pair(call)
        check_batch(inputs, READ_BATCH)
        self._portal.associations.types_of(pair)
        limit = self._portal.switches.association_page_size
        results: list[dict[str, object]] = []
        errors: list[dict[str, object]] = []
        for given in inputs:
            after = numeric(given.after) if given.after else 0
            if after < 0:
                raise invalid(f"{given.after} is not a paging cursor of record {given.id}.")
            page = self._portal.associations.page(pair, numeric(given.id), after=after, limit=limit)
            if page.targets:
                results.append(self._result(call, pair, given.id, page))
            elif not after:
                errors.append(_nothing_associated(pair, given.id))
        return self._reading.batch_answer(200, results, errors)

    def _result(self, call: Call, pair: Pair, from_id: str, page: AssociatedPage) -> dict[str, object]:
        result: dict[str, object] = {
            "from": {"id": from_id},
            "to": [
                {"toObjectId": _number(call, to_id), "associationTypes": self._portal.associations.specs(types)}
                for to_id, types in page.targets
            ],
        }
        if page.after is not None:
            link = f"{call.base_url}/crm/v4/objects/{pair[0].type_id}/{from_id}/associations/{pair[1].type_id}"
            result["paging"] = {"next": {"after": str(page.after), "link": f"{link}?after={page.after}"}}
        return result

    def batch_create(self, call: Call) -> Answer:
        """POST …/batch/create: associate by given types; 201."""
        call.allow_query()
        inputs, pair = call.model(AssociationCreateBatch).inputs, _pair(call)
        check_batch(inputs, WRITE_BATCH)
        results = []
        for given in inputs:
            types = [
                self._portal.associations.checked(pair, each.association_category, each.association_type_id)
                for each in given.types
            ]
            if not types:
                raise invalid("An association needs at least one type.")
            from_id, to_id = numeric(given.origin.id), numeric(given.to.id)
            self._portal.writer.associate(pair, from_id, to_id, types)
            results.append(
                {
                    "fromObjectTypeId": pair[0].type_id,
                    "fromObjectId": _number(call, from_id),
                    "toObjectTypeId": pair[1].type_id,
                    "toObjectId": _number(call, to_id),
                    "labels": [each.label for each in types if each.label],
                }
            )
        return self._reading.batch_answer(201, results, [])

    def batch_associate_default(self, call: Call) -> Answer:
        """POST …/batch/associate/default: associate by the unlabelled type; 200, both directions in the answer."""
        call.allow_query()
        inputs, pair = call.model(DefaultAssociationBatch).inputs, _pair(call)
        check_batch(inputs, WRITE_BATCH)
        unlabelled = next(each for each in self._portal.associations.types_of(pair) if each.label is None)
        results = []
        for given in inputs:
            self._portal.writer.associate(pair, numeric(given.origin.id), numeric(given.to.id), [unlabelled])
            results += [
                _default(given.origin.id, given.to.id, unlabelled.category, unlabelled.type_id),
                _default(given.to.id, given.origin.id, unlabelled.category, unlabelled.inverse_id),
            ]
        return self._reading.batch_answer(200, results, [])

    def batch_archive(self, call: Call) -> Answer:
        """POST …/batch/archive: remove all associations between records; 204."""
        call.allow_query()
        inputs, pair = call.model(AssociationArchiveBatch).inputs, _pair(call)
        check_batch(inputs, WRITE_BATCH)
        for given in inputs:
            for target in given.to:
                self._portal.writer.dissociate(pair, numeric(given.origin.id), numeric(target.id))
        return NO_CONTENT

    def labels(self, call: Call) -> Answer:
        """GET …/labels: the types between two object types; ids of labels differ from portal to portal."""
        call.allow_query()
        return _types(self._portal.associations.types_of(_pair(call)))

    def define_label(self, call: Call) -> Answer:
        """POST …/labels: define a label; 200 with its types of both directions."""
        call.allow_query()
        given = call.model(LabelBody)
        return _types(
            self._portal.associations.define_label(
                _pair(call), name=given.name, label=given.label, inverse_label=given.inverse_label
            )
        )


def _pair(call: Call) -> Pair:
    return call.object_type("fromObjectType"), call.object_type("toObjectType")


def _number(call: Call, record_id: int) -> int | str:
    """Return an id as the version writes it: a number in v4, a text since 2026-03."""
    return record_id if call.version == "v4" else str(record_id)


def _types(types: list[AssociationType] | tuple[AssociationType, ...]) -> Answer:
    return json_answer(200, {"results": [each.as_spec() for each in types]})


def _default(from_id: str, to_id: str, category: str, type_id: int) -> dict[str, object]:
    return {
        "from": {"id": from_id},
        "to": {"id": to_id},
        "associationSpec": {"associationCategory": category, "associationTypeId": type_id},
    }


def _nothing_associated(pair: Pair, from_id: str) -> dict[str, object]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {pair[1].singular} is associated with {pair[0].singular} {from_id}.",
        "context": {
            "fromObjectId": [from_id],
            "fromObjectType": [pair[0].singular],
            "toObjectType": [pair[1].singular],
        },
    }
