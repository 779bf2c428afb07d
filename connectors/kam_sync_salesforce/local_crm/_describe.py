"""Objects and fields as describe answers them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kam_sync_salesforce.local_crm._schema import IDS, NUMBERS, Field, FieldType, SObject
from kam_sync_salesforce.local_crm._security import permissionable

Json = dict[str, object]

_SOAP_TYPES: Final = {
    FieldType.ID: "tns:ID",
    FieldType.REFERENCE: "tns:ID",
    FieldType.BOOLEAN: "xsd:boolean",
    FieldType.INT: "xsd:int",
    FieldType.DOUBLE: "xsd:double",
    FieldType.CURRENCY: "xsd:double",
    FieldType.PERCENT: "xsd:double",
    FieldType.DATE: "xsd:date",
    FieldType.DATETIME: "xsd:dateTime",
    FieldType.ANY: "xsd:anyType",
}


def field_json(each: Field) -> Json:
    """Return a field as describe shows it."""
    return {
        "name": each.name,
        "label": each.label,
        "type": str(each.type),
        "soapType": _SOAP_TYPES.get(each.type, "xsd:string"),
        "length": each.length,
        "byteLength": each.length * 3,
        "precision": 18 if each.type in NUMBERS else 0,
        "scale": 2 if each.type is FieldType.CURRENCY else 0,
        "custom": each.custom,
        "createable": each.createable,
        "updateable": each.updateable,
        "nillable": each.nillable,
        "permissionable": permissionable(each),
        "filterable": each.filterable,
        "sortable": each.sortable,
        "groupable": each.filterable and each.type not in NUMBERS,
        "calculated": False,
        "unique": each.unique,
        "externalId": each.external_id,
        "idLookup": each.external_id or each.type is FieldType.ID,
        "caseSensitive": False,
        "restrictedPicklist": each.restricted,
        "defaultedOnCreate": each.default is not None or each.name == "OwnerId",
        "defaultValue": each.default,
        "picklistValues": [
            {"active": True, "defaultValue": value == each.default, "label": value, "validFor": None, "value": value}
            for value in each.values
        ],
        "referenceTo": list(each.reference_to),
        "relationshipName": each.relationship,
        "polymorphicForeignKey": each.polymorphic,
        "namePointing": each.polymorphic and each.type in IDS,
        "deprecatedAndHidden": False,
    }


def object_json(each: SObject, base: str) -> Json:
    """Return an object as the global describe shows it."""
    path = f"{base}/sobjects/{each.name}"
    return {
        "name": each.name,
        "label": each.label,
        "labelPlural": each.plural,
        "keyPrefix": each.key_prefix,
        "custom": each.name.endswith("__c"),
        "customSetting": False,
        "createable": each.createable,
        "updateable": each.updateable,
        "deletable": each.deletable,
        "undeletable": each.deletable
        and each.has_recycle_bin
        and each.name not in {"AccountPlan", "AccountTeamMember"},
        "mergeable": each.name in {"Account", "Contact"},
        "queryable": True,
        "retrieveable": True,
        "replicateable": each.field("SystemModstamp") is not None,
        "searchable": False,
        "triggerable": each.createable,
        "layoutable": each.createable,
        "activateable": False,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "urls": {
            "sobject": path,
            "describe": f"{path}/describe",
            "rowTemplate": f"{path}/{{ID}}",
        },
    }


def describe_json(each: SObject, everything: Iterable[SObject], base: str) -> Json:
    """Return an object with its fields and the objects that refer to it."""
    children = [
        {"childSObject": other.name, "field": reference.name, "cascadeDelete": False, "relationshipName": None}
        for other in everything
        for reference in other.fields
        if each.name in reference.reference_to
    ]
    return {
        **object_json(each, base),
        "fields": [field_json(one) for one in each.fields],
        "childRelationships": children,
        "recordTypeInfos": [],
    }
