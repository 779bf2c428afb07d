"""What setup makes as a folder in Salesforce's source format, for its own deployment tool (`sf`).

Pure: text comes out, and nothing is written. Elements stand in the order in which Salesforce itself writes them: the
name first, then by the alphabet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

from kam_sync_salesforce._setup_access import PermissionSetSpec
from kam_sync_salesforce._setup_look import VALUE_SET
from kam_sync_salesforce._setup_metadata import described, field_metadata, new_value, team_value
from kam_sync_salesforce._setup_needs import Need, label_of

_NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
_BASE: Final = "force-app/main/default"
_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write."""


def setup_folder(
    *,
    api_version: str,
    objects: Sequence[str],
    fields: Sequence[Need],
    sets: Sequence[PermissionSetSpec],
    team_values: tuple[Sequence[str], Sequence[str]],
) -> dict[str, str]:
    """Return the files: path → text; nothing where there is nothing to deploy.

    Args:
        api_version: Such as `66.0`.
        objects: The custom objects that are missing.
        fields: The fields that are missing or that setup made.
        sets: The permission sets.
        team_values: The account team's values that the org has, and those that are to be added. The deployment
            replaces the whole list, so that those of the org have to be in it.
    """
    files: dict[str, str] = {}
    for name in objects:
        files[f"{_BASE}/objects/{name}/{name}.object-meta.xml"] = _xml("CustomObject", _object(name))
    for need in fields:
        path = f"{_BASE}/objects/{need.owner}/fields/{need.name}.field-meta.xml"
        files[path] = _xml("CustomField", {"fullName": need.name, **_sorted(field_metadata(need))})
    there, lacking = team_values
    if lacking:
        entries = [*(new_value(value, "") for value in there), *map(team_value, lacking)]
        path = f"{_BASE}/standardValueSets/{VALUE_SET}.standardValueSet-meta.xml"
        files[path] = _xml("StandardValueSet", {"sorted": False, "standardValue": [_sorted(each) for each in entries]})
    if not files:
        return {}
    for spec in sets:
        path = f"{_BASE}/permissionsets/{spec.name}.permissionset-meta.xml"
        files[path] = _xml("PermissionSet", _permission_set(spec))
    project = {"packageDirectories": [{"path": "force-app", "default": True}], "sourceApiVersion": api_version}
    files["sfdx-project.json"] = json.dumps(project, indent=2) + "\n"
    files["README.md"] = _readme(objects, bool(lacking))
    return dict(sorted(files.items()))


def _object(name: str) -> dict[str, object]:
    label = label_of(name)
    return {
        "deploymentStatus": "Deployed",
        "description": described("kam-sync reads its records"),
        "label": label,
        "nameField": {"label": f"{label} Name", "type": "Text"},
        "pluralLabel": f"{label}s",
        "sharingModel": "ReadWrite",
    }


def _permission_set(spec: PermissionSetSpec) -> dict[str, object]:
    return {
        "description": spec.description,
        "fieldPermissions": [{"editable": grant.edit, "field": grant.path, "readable": True} for grant in spec.fields],
        "hasActivationRequired": False,
        "label": spec.label,
        "objectPermissions": [
            {
                "allowCreate": False,
                "allowDelete": False,
                "allowEdit": False,
                "allowRead": True,
                "modifyAllRecords": False,
                "object": name,
                "viewAllRecords": True,
            }
            for name in sorted(spec.objects)
        ],
        "userPermissions": [{"enabled": True, "name": name} for name in sorted(spec.user_permissions)],
    }


def _sorted(metadata: Mapping[str, object]) -> dict[str, object]:
    """Return metadata as files have it: by the alphabet, with `fullName` for a value's name, first."""
    renamed = {("fullName" if key == "valueName" else key): _inner(value) for key, value in metadata.items()}
    return dict(sorted(renamed.items(), key=lambda item: (item[0] != "fullName", item[0])))


def _inner(value: object) -> object:
    if isinstance(value, Mapping):
        return _sorted(value)
    if isinstance(value, list):
        return [_inner(each) for each in value]
    return value


def _xml(root: str, content: Mapping[str, object]) -> str:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{_NAMESPACE}">']
    lines += _elements(content, 1)
    return "\n".join([*lines, f"</{root}>", ""])


def _elements(content: Mapping[str, object], depth: int) -> Iterable[str]:
    indent = "    " * depth
    for name, value in content.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                yield f"{indent}<{name}>"
                yield from _elements(each, depth + 1)
                yield f"{indent}</{name}>"
            else:
                text = str(each).lower() if isinstance(each, bool) else escape(_ILLEGAL.sub("", str(each)))
                yield f"{indent}<{name}>{text}</{name}>"


def _readme(objects: Sequence[str], values: bool) -> str:
    lines = [
        "# What kam-sync needs in Salesforce",
        "",
        "Deploy it as an administrator, with Salesforce's own tool; try it in a sandbox first:",
        "",
        "    sf project deploy start --source-dir force-app --dry-run",
        "    sf project deploy start --source-dir force-app",
        "",
        "Then assign the permission set `KamSync` to the user that kam-sync runs as, and `KamSync_People` to the",
        "people who keep the fields:",
        "",
        "    sf org assign permset --name KamSync --on-behalf-of integration@yourcompany.example",
        "",
        "Put the fields on page layouts where people should see them; a deployment does not.",
    ]
    if values:
        lines += [
            "",
            f"`{VALUE_SET}` replaces the whole list of account team roles. The file holds those that were active when",
            "it was written: write it anew if somebody has changed them since.",
        ]
    if objects:
        lines += [
            "",
            f"New objects: {', '.join(objects)}.",
            "Let people create and edit their records by a permission set of yours.",
        ]
    return "\n".join([*lines, ""])
