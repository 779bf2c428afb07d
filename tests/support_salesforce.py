"""A Salesforce org made of canned answers, for the tests of the Salesforce connector.

Answers have the shapes of Salesforce's documentation; what was sent is kept to be looked at. Nothing here shares code
with the connector or with the local CRM.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import requests
import responses

from kam_sync.clock import ManualClock
from kam_sync.ports import Runtime
from kam_sync_salesforce import SalesforceConnector
from kam_sync_salesforce.settings import SalesforceSettings

HOST: Final = "https://acme.my.salesforce.com"
DATA: Final = "/services/data/v66.0"
TOKEN: Final = "00Dxx0000000001!AQ.secret-token"
SECRET: Final = "consumer-secret-3f9c"
ORG_ID: Final = "00Dxx0000000001AAA"
API_USER: Final = "005xx000000ApiU"
START: Final = dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)
KEY: Final = "k1" + "0a" * 12 + "-1"

Reply = tuple[int, object] | Exception
"""A status and a body (JSON, or text as it is), or what the network does instead."""


def sfid(prefix: str, number: int) -> str:
    """Return the 18-character id of a record; all letters small but for the prefix, so the suffix is easy."""
    return record18(f"{prefix}xx{number:010d}")


def record18(id15: str) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    return id15 + "".join(
        letters[sum(2**place for place, char in enumerate(id15[start : start + 5]) if char.isupper())]
        for start in (0, 5, 10)
    )


def described(name: str, type_: str = "string", **more: object) -> dict[str, object]:
    """Return a field as describe gives it."""
    return {
        "name": name,
        "label": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("__c").replace("_", " ")),
        "type": type_,
        "length": 255,
        "createable": True,
        "updateable": True,
        "filterable": True,
        "externalId": False,
        "unique": False,
        "htmlFormatted": False,
        "referenceTo": [],
        "relationshipName": None,
        "picklistValues": [],
        **more,
    }


def lookup(name: str, *targets: str) -> dict[str, object]:
    relationship = name.replace("__c", "__r") if name.endswith("__c") else name.removesuffix("Id")
    return described(name, "reference", referenceTo=list(targets), relationshipName=relationship)


def picklist(name: str, *values: str, multi: bool = False) -> dict[str, object]:
    entries = [{"value": value, "label": value, "active": True} for value in values]
    return described(name, "multipicklist" if multi else "picklist", picklistValues=entries)


def long_text(name: str) -> dict[str, object]:
    return described(name, "textarea", length=32000, filterable=False)


def flag(name: str) -> dict[str, object]:
    return described(name, "boolean")


ROLE_LABELS: Final = (
    "Results Driver",
    "Relationship Lead",
    "Innovator",
    "Collaborator",
    "Technical Expert",
    "Project Manager",
)

_ACTIVITY: Final = (
    lookup("WhatId", "Account", "Opportunity"),
    {**lookup("AccountId", "Account"), "createable": False, "updateable": False},
    lookup("OwnerId", "User", "Group"),
    described("Subject", "combobox"),
    described("ActivityDate", "date"),
    long_text("Description"),
    flag("IsDeleted"),
    described("CreatedDate", "datetime"),
    described("LastModifiedDate", "datetime"),
    described("SystemModstamp", "datetime"),
    described("KamSync_Key__c", "string", externalId=True, unique=True, length=64),
)

STANDARD: Final[Mapping[str, tuple[dict[str, object], ...]]] = {
    "Organization": (described("Name"),),
    "User": (
        described("Name"),
        described("Email", "email"),
        flag("IsActive"),
        lookup("ManagerId", "User"),
        picklist("UserType", "Standard"),
    ),
    "Account": (
        described("Name"),
        lookup("OwnerId", "User"),
        lookup("ParentId", "Account"),
        lookup("MasterRecordId", "Account"),
        flag("IsDeleted"),
        described("CreatedDate", "datetime"),
        described("AnnualRevenue", "currency"),
        flag("Key_Account__c"),
        picklist("Tier__c", "A", "B", "C"),
        lookup("Innovator__c", "User"),
        lookup("Sponsor__c", "Contact"),
    ),
    "Contact": (
        described("Name"),
        lookup("AccountId", "Account"),
        described("Title"),
        lookup("OwnerId", "User"),
    ),
    "Opportunity": (
        described("Name"),
        lookup("AccountId", "Account"),
        lookup("OwnerId", "User"),
        flag("IsClosed"),
        described("CloseDate", "date"),
        described("NextStep"),
        described("Amount", "currency"),
    ),
    "AccountTeamMember": (
        lookup("AccountId", "Account"),
        lookup("UserId", "User"),
        picklist("TeamMemberRole", "Account Manager", "Executive Sponsor"),
        picklist("Account_Roles__c", *ROLE_LABELS, multi=True),
        described("CreatedDate", "datetime"),
    ),
    "Task": (
        *_ACTIVITY,
        picklist("Status", "Not Started", "Completed", "Deferred"),
        picklist("Priority", "High", "Normal", "Low"),
        flag("IsClosed"),
        picklist("TaskSubtype", "Task", "Call"),
        flag("IsReminderSet"),
        described("ReminderDateTime", "datetime"),
        flag("IsRecurrence"),
    ),
    "Event": (
        *_ACTIVITY,
        described("ActivityDateTime", "datetime"),
        flag("IsAllDayEvent"),
        flag("IsChild"),
    ),
    "AccountPlan": (
        described("Name"),
        lookup("AccountId", "Account"),
        lookup("OwnerId", "User", "Group"),
        picklist("Status", "Active", "Inactive"),
        described("StartDate", "date"),
        described("EndDate", "date"),
        described("Last_Review__c", "date"),
        described("Next_Review__c", "datetime"),
        long_text("AccountChallenges"),
        long_text("AccountStrategicPriorities"),
        {**long_text("Relationship_Map__c"), "htmlFormatted": True},
        long_text("Revenue_Goals__c"),
    ),
    "TaskStatus": (
        described("ApiName"),
        flag("IsClosed"),
        flag("IsDefault"),
        described("SortOrder", "int"),
    ),
}

STATUSES: Final = (
    {"Id": sfid("01V", 3), "ApiName": "Completed", "IsClosed": True, "IsDefault": False, "SortOrder": 3},
    {"Id": sfid("01V", 1), "ApiName": "Not Started", "IsClosed": False, "IsDefault": True, "SortOrder": 1},
    {"Id": sfid("01V", 4), "ApiName": "Deferred", "IsClosed": False, "IsDefault": False, "SortOrder": 4},
)

SETTINGS: Final[Mapping[str, object]] = {
    "auth": {
        "method": "client_credentials",
        "consumer_key": "consumer-key-77",
        "consumer_secret": SECRET,
        "domain": "acme.my",
    },
    "scope": {"field": "Key_Account__c", "values": [True]},
    "fields": {"account.tier": "Tier__c"},
    "roles": {
        "team_roles": {
            "Executive Sponsor": ["relationship_lead", "innovator"],
            **{label: [label.lower().replace(" ", "_")] for label in ROLE_LABELS},
        },
        "team_field": "Account_Roles__c",
    },
    "plan": {
        "object": "AccountPlan",
        "account_field": "AccountId",
        "active": {"field": "Status", "values": ["Active"]},
        "fields": {
            "start_on": "StartDate",
            "end_on": "EndDate",
            "last_review_on": "Last_Review__c",
            "next_review_on": "Next_Review__c",
        },
        "parts": {
            "key_relations": ["Relationship_Map__c"],
            "current_state": ["AccountChallenges"],
            "revenue_goals": ["Revenue_Goals__c"],
            "strategy": ["AccountStrategicPriorities"],
        },
    },
    "tasks": {"key_field": "KamSync_Key__c"},
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was sent."""

    method: str
    url: str
    json: object
    headers: Mapping[str, str]
    options: Mapping[str, object]
    """What the transport was told beside the request: `timeout`, `proxies`, …"""

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def soql(self) -> str:
        return parse_qs(urlsplit(self.url).query).get("q", [""])[0]

    @property
    def records(self) -> list[dict[str, object]]:
        assert isinstance(self.json, dict)
        records = self.json["records"]
        assert isinstance(records, list)
        return records


@dataclass
class Org:
    """Canned answers and what was asked.

    `rows` are a query's answers by object: a list of rows (one page), or of pages. `replies` are used up, one a
    call, before anything else is answered; they are keyed by a pattern of "METHOD path".
    """

    objects: dict[str, list[dict[str, object]]] = field(
        default_factory=lambda: {name: [dict(f) for f in fields] for name, fields in STANDARD.items()}
    )
    object_flags: dict[str, dict[str, object]] = field(default_factory=lambda: defaultdict(dict))
    rows: dict[str, list[list[dict[str, object]]]] = field(default_factory=dict)
    replies: dict[str, list[Reply]] = field(default_factory=lambda: defaultdict(list))
    sent: list[Sent] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)
    limit_info: str | None = "api-usage=18/5000"
    login_extra: dict[str, object] = field(
        default_factory=lambda: {"id": f"https://login.salesforce.com/id/{ORG_ID}/{API_USER}"}
    )
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))

    def __post_init__(self) -> None:
        self.rows["Organization"] = [[{"Id": ORG_ID, "Name": "Ardentia Ltd"}]]
        self.rows["TaskStatus"] = [[dict(status) for status in STATUSES]]

    def serve(self, mock: responses.RequestsMock) -> None:
        """Answer everything that is sent to the org, its login host included."""
        for method in (responses.GET, responses.POST, responses.PATCH):
            mock.add_callback(method, re.compile(r"https?://.*"), callback=self._answer)

    def connector(self, **changes: object) -> SalesforceConnector:
        """Return a connector to this org; keywords replace sections of SETTINGS, None removes one.

        `include_parents` and `timezone` are the runtime's.
        """
        timezone = str(changes.pop("timezone", "Europe/Amsterdam"))
        include_parents = changes.pop("include_parents", False) is True
        section = {**SETTINGS, **changes}
        settings = SalesforceSettings.model_validate({k: v for k, v in section.items() if v is not None})
        runtime = Runtime(
            clock=self.clock,
            sleep=self.naps.append,
            timezone=ZoneInfo(timezone),
            include_parents=include_parents,
        )
        return SalesforceConnector.open(settings, runtime)

    def field(self, sobject: str, name: str) -> dict[str, object]:
        """Return a described field to change."""
        return next(each for each in self.objects[sobject] if each["name"] == name)

    def hide(self, sobject: str, *names: str) -> None:
        """Hide fields by field-level security."""
        self.objects[sobject] = [each for each in self.objects[sobject] if each["name"] not in names]

    def reply(self, pattern: str, *replies: Reply) -> None:
        """Give these answers to the next calls whose "METHOD path" has the pattern."""
        self.replies[pattern].extend(replies)

    def queries(self, sobject: str) -> list[Sent]:
        """Return the queries of an object that were sent, first pages only."""
        return [each for each in self.sent if re.search(rf" FROM {sobject}\b", each.soql)]

    def writes(self) -> list[Sent]:
        """Return the collections calls that were sent."""
        return [each for each in self.sent if "/composite/sobjects" in each.url]

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str | Exception]:
        body = request.body.decode() if isinstance(request.body, bytes) else (request.body or "")
        parsed = json.loads(body) if body.startswith("{") else body
        sent = Sent(str(request.method), str(request.url), parsed, dict(request.headers), _options(request))
        self.sent.append(sent)
        reply = self._scripted(sent) or self._usual(sent)
        headers = {"Sforce-Limit-Info": self.limit_info} if self.limit_info else {}
        if isinstance(reply, Exception):
            return 0, headers, reply
        status, content = reply
        if status in {301, 302}:
            headers["Location"] = f"{HOST}/elsewhere"
        if isinstance(content, str):
            return status, {**headers, "Content-Type": "text/html"}, content
        return status, {**headers, "Content-Type": "application/json;charset=UTF-8"}, json.dumps(content)

    def _scripted(self, sent: Sent) -> Reply | None:
        what = f"{sent.method} {sent.path} {sent.soql}"
        for pattern, replies in self.replies.items():
            if replies and re.search(pattern, what):
                return replies.pop(0)
        return None

    def _usual(self, sent: Sent) -> Reply:
        path = sent.path
        if path == "/services/oauth2/token":
            token = {"access_token": TOKEN, "instance_url": HOST, "token_type": "Bearer", **self.login_extra}
            return 200, token
        if path == "/services/data/":
            return 200, [{"label": "Spring '26", "url": DATA, "version": "66.0"}]
        if path == f"{DATA}/sobjects":
            return 200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [{"name": n} for n in self.objects]}
        if path == f"{DATA}/composite/batch":
            return 200, self._batch(sent)
        if sent.soql:
            name = sent.soql.partition(" FROM ")[2].split()[0]
            return 200, self.page(name, 0)
        if found := re.fullmatch(rf"{DATA}/query/(\w+)-(\d+)", path):
            return 200, self.page(found[1], int(found[2]))
        if "/composite/sobjects" in path:
            return 200, [{"id": sfid("00T", 900 + n), "success": True, "errors": []} for n in range(len(sent.records))]
        return 404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]

    def page(self, name: str, number: int) -> dict[str, object]:
        """Return a page of an object's rows."""
        pages = self.rows.get(name) or [[]]
        records = [{"attributes": {"type": name, "url": f"{DATA}/sobjects/{name}"}, **row} for row in pages[number]]
        answer = {"totalSize": sum(map(len, pages)), "done": number + 1 == len(pages), "records": records}
        return answer if answer["done"] else {**answer, "nextRecordsUrl": f"{DATA}/query/{name}-{number + 1}"}

    def _batch(self, sent: Sent) -> dict[str, object]:
        assert isinstance(sent.json, dict)
        results: list[dict[str, object]] = []
        for each in sent.json["batchRequests"]:
            name = each["url"].split("/")[2]
            results.append({"statusCode": 200, "result": self.describe(name)})
        return {"hasErrors": False, "results": results}

    def describe(self, name: str) -> dict[str, object]:
        """Return an object as describe gives it."""
        identity = {**described("Id", "id"), "createable": False, "updateable": False}
        return {
            "name": name,
            "label": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name),
            "queryable": True,
            "createable": True,
            "updateable": True,
            "fields": [identity, *self.objects[name]],
            **self.object_flags[name],
        }


def _options(request: requests.PreparedRequest) -> dict[str, object]:
    options = getattr(request, "req_kwargs", None)
    assert isinstance(options, dict)
    return options


def row_results(*results: str | Mapping[str, object]) -> list[dict[str, object]]:
    """Return a collections answer: an id is a success, a mapping an error."""
    return [
        {"id": each, "success": True, "errors": []}
        if isinstance(each, str)
        else {"success": False, "errors": [{"message": "", "fields": [], **each}]}
        for each in results
    ]


def task_row(number: int = 1, /, **changes: object) -> dict[str, object]:
    """Return a Task as a query gives it."""
    return {
        "Id": sfid("00T", number),
        "WhatId": sfid("001", 1),
        "AccountId": sfid("001", 1),
        "OwnerId": sfid("005", 1),
        "Subject": "Nordhavn Offshore: cover the account roles",
        "Description": "Nobody is Innovator.",
        "ActivityDate": "2026-12-01",
        "Priority": "High",
        "Status": "Not Started",
        "IsClosed": False,
        "IsDeleted": False,
        "LastModifiedDate": "2026-11-20T08:30:00.000+0000",
        "KamSync_Key__c": KEY,
        **changes,
    }
