"""A Salesforce org made of canned answers, for the tests of the Salesforce connector.

Answers have the shapes of Salesforce's documentation; what was sent is kept to be looked at. Nothing here shares code
with the connector or with the local CRM.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import requests
import responses

from kam_sync.clock import ManualClock
from kam_sync.ports import RejectedRecord, Runtime
from kam_sync.records import PlanPart, Record, RecordKind, Role
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

CORE: Final = frozenset(
    {
        *("contacts", "contact.title", "contact.owner_id", "roles", "opportunities", "activities", "plans"),
        *(f"account.{name}" for name in ("owner_id", "parent_id", "tier", "revenue", "created_on")),
        *(f"plan.{name}" for name in ("start_on", "end_on", "last_review_on", "next_review_on")),
        *(f"plan.parts.{part.value}" for part in PlanPart),
        *(f"roles.{role.value}" for role in Role),
    }
)
"""What is wanted where a test says nothing else: what the rules on roles, next steps and plans read."""

BUYING: Final = (
    *("Decision Maker", "Economic Buyer", "Technical Buyer", "Champion", "Executive Sponsor", "Influencer"),
    *("Business User", "Blocker", "Other"),
)

_ACTIVITY: Final = (
    lookup("WhoId", "Contact", "Lead"),
    picklist("Type", "Account team meeting", "Business review", "Renewal", "Other"),
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
        described("Key_Since__c", "date"),
        described("Growth_Target__c", "percent"),
        described("Growth_Target_Year__c", "picklist"),
        described("Cost__c", "currency"),
        described("Cost_Before__c", "currency"),
        described("Cost_Before_That__c", "currency"),
        picklist("Relationship_Stage__c", "Tactical", "Strategic"),
        described("Competitor__c"),
        described("Progress_Report__c", "date"),
        described("Handover__c", "date"),
        described("Tender__c", "date"),
        described("Reference__c", "date"),
        described("Trigger_On__c", "date"),
        described("Trigger__c"),
        picklist("Recovery_Target__c", "A", "B+"),
        described("Scored_On__c", "date"),
        described("Criterion_Fit__c", "double"),
        flag("Criterion_Culture__c"),
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
        described("CreatedDate", "datetime"),
        lookup("ReportsToId", "Contact"),
        flag("IsEmailBounced"),
        described("Department"),
        picklist("Level__c", "Executive", "Director", "Manager", "Staff"),
        picklist("Buying_Role__c", *BUYING, multi=True),
        picklist("Stance__c", "Supporter", "Neutral", "Against"),
        described("Stance_On__c", "date"),
        described("Influence__c", "double"),
        {**long_text("Decision_Criteria__c"), "htmlFormatted": True},
        flag("Left__c"),
    ),
    "OpportunityContactRole": (
        lookup("OpportunityId", "Opportunity"),
        lookup("ContactId", "Contact"),
        picklist("Role", *BUYING),
    ),
    "AccountContactRelation": (
        lookup("AccountId", "Account"),
        lookup("ContactId", "Contact"),
        picklist("Roles", *BUYING, multi=True),
        flag("IsActive"),
    ),
    "Opportunity": (
        described("Name"),
        lookup("AccountId", "Account"),
        lookup("OwnerId", "User"),
        flag("IsClosed"),
        described("CloseDate", "date"),
        described("NextStep"),
        described("Amount", "currency"),
        flag("IsWon"),
        described("CreatedDate", "datetime"),
        described("Probability", "percent"),
        described("LastStageChangeDate", "datetime"),
        picklist("Type", "New Business", "Existing Business", "Renewal"),
        picklist("StageName", "Qualification", "Technical Evaluation", "Proposal/Price Quote", "Closed Won"),
        described("Loss_Reason__c"),
        described("Competitor__c"),
        picklist("Products__c", "Turbines", "Service", multi=True),
        long_text("Scope_Agreed__c"),
        long_text("Benchmarks__c"),
        described("Tender_Date__c", "date"),
        described("Proposal_Sent__c", "date"),
        described("Proposal_Expires__c", "date"),
        described("Delivered_On__c", "date"),
    ),
    "OpportunityTeamMember": (lookup("OpportunityId", "Opportunity"), lookup("UserId", "User")),
    "EventRelation": (
        lookup("EventId", "Event"),
        lookup("RelationId", "User", "Contact", "Lead"),
        flag("IsWhat"),
        picklist("Status", "New", "Accepted", "Declined"),
        flag("IsDeleted"),
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
        described("LastModifiedDate", "datetime"),
        described("Swot_Reviewed__c", "date"),
        long_text("Strengths__c"),
        long_text("Weaknesses__c"),
        long_text("Chances__c"),
        long_text("Threats__c"),
    ),
    "AccountPlanObjective": (
        described("Name"),
        lookup("AccountPlanId", "AccountPlan"),
        lookup("ObjectiveOwnerId", "User"),
        picklist("Status", "New", "In Progress", "Closed"),
        described("StartDate", "date"),
        described("EndDate", "date"),
    ),
    "AccountPlanObjectiveMeasure": (
        lookup("AccountPlanObjectiveId", "AccountPlanObjective"),
        described("TargetValue"),
        described("CurrentValueTimestamp", "datetime"),
    ),
    "Plan_Action__c": (
        described("Name"),
        lookup("Account__c", "Account"),
        lookup("Objective__c", "AccountPlanObjective"),
        lookup("OwnerId", "User", "Group"),
        described("Due__c", "date"),
        flag("Done__c"),
    ),
    "Feedback__c": (
        lookup("Account__c", "Account"),
        lookup("Contact__c", "Contact"),
        described("Given_On__c", "datetime"),
        picklist("Grade__c", "A", "B", "C"),
        described("Score__c", "double"),
        long_text("Reason__c"),
    ),
    "Quote": (
        described("Name"),
        lookup("OpportunityId", "Opportunity"),
        lookup("OwnerId", "User"),
        picklist("Status", "Draft", "Presented", "Accepted", "Denied", "Rejected"),
        described("ExpirationDate", "date"),
        described("Sent_On__c", "date"),
    ),
    "Case": (
        lookup("AccountId", "Account"),
        described("CaseNumber"),
        described("Subject"),
        flag("IsClosed"),
        lookup("OwnerId", "User", "Group"),
        described("CreatedDate", "datetime"),
        picklist("Priority", "High", "Medium", "Low"),
    ),
    "Contract": (
        lookup("AccountId", "Account"),
        described("ContractNumber"),
        lookup("OwnerId", "User"),
        picklist("Status", "Draft", "In Approval Process", "Activated"),
        described("EndDate", "date"),
        described("Annual_Value__c", "currency"),
    ),
    "AccountHistory": (
        lookup("AccountId", "Account"),
        picklist("Field", "Owner", "created"),
        described("OldValue", "anyType", filterable=False),
        described("NewValue", "anyType", filterable=False),
        described("CreatedDate", "datetime"),
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

PLAN: Final[Mapping[str, object]] = {
    "object": "AccountPlan",
    "account_field": "AccountId",
    "fields": {
        "start_on": "StartDate",
        "end_on": "EndDate",
        "last_review_on": "Last_Review__c",
        "next_review_on": "Next_Review__c",
        "swot_on": "Swot_Reviewed__c",
    },
    "parts": {
        "key_relations": "Relationship_Map__c",
        "current_state": "AccountChallenges",
        "revenue_goals": "Revenue_Goals__c",
        "strategy": "AccountStrategicPriorities",
    },
    "swot": {
        "strengths": ["Strengths__c"],
        "weaknesses": ["Weaknesses__c"],
        "opportunities": "Chances__c",
        "threats": ["Threats__c", "Revenue_Goals__c"],
    },
}

EVERYTHING: Final[Mapping[str, object]] = {
    "fields": {
        "account.tier": "Tier__c",
        "account.key_since": "Key_Since__c",
        "account.growth_target": "Growth_Target__c",
        "account.growth_target_year": "Growth_Target_Year__c",
        "account.cost_to_serve": "Cost__c",
        "account.cost_to_serve_year_before": "Cost_Before__c",
        "account.cost_to_serve_two_years_before": "Cost_Before_That__c",
        "account.relationship_stage": "Relationship_Stage__c",
        "account.competitor": "Competitor__c",
        "account.progress_report_on": "Progress_Report__c",
        "account.handover_on": "Handover__c",
        "account.tender_on": "Tender__c",
        "account.reference_requested_on": "Reference__c",
        "account.trigger_on": "Trigger_On__c",
        "account.trigger": "Trigger__c",
        "account.recovery_target": "Recovery_Target__c",
        "account.scored_on": "Scored_On__c",
        "contact.level": "Level__c",
        "contact.buying_roles": "Buying_Role__c",
        "contact.stance": "Stance__c",
        "contact.stance_on": "Stance_On__c",
        "contact.influence": "Influence__c",
        "contact.decision_criteria": "Decision_Criteria__c",
        "contact.left": "Left__c",
        "opportunity.loss_reason": "Loss_Reason__c",
        "opportunity.competitor": "Competitor__c",
        "opportunity.products": "Products__c",
        "opportunity.success_criteria": ["Scope_Agreed__c", "Benchmarks__c"],
        "opportunity.tender_on": "Tender_Date__c",
        "opportunity.proposal_sent_on": "Proposal_Sent__c",
        "opportunity.proposal_expires_on": "Proposal_Expires__c",
        "opportunity.delivered_on": "Delivered_On__c",
    },
    "values": {
        "contact.level": {name.lower(): name for name in ("Executive", "Director", "Manager", "Staff")},
        "contact.stance": {"supporter": "Supporter", "neutral": "Neutral", "blocker": "Against"},
        "opportunity.stages": {"technical": "Technical Evaluation", "proposal": ["Proposal/Price Quote"]},
        "activity.purposes": {
            "team_meeting": "Account team meeting",
            "business_review": "Business review",
            "on_site_visit": "Other",
            "handover": "Other",
            "tender_preparation": "Other",
            "renewal": "Renewal",
        },
    },
    "criteria": {"product_fit": "Criterion_Fit__c", "culture": "Criterion_Culture__c"},
    "plan": PLAN,
    "actions": {
        "object": "Plan_Action__c",
        "account_field": "Account__c",
        "fields": {"name": "Name", "owner_id": "OwnerId", "due_on": "Due__c", "goal_id": "Objective__c"},
        "open": {"field": "Done__c", "values": [False]},
    },
    "feedback": {
        "object": "Feedback__c",
        "account_field": "Account__c",
        "fields": {
            "on": "Given_On__c",
            "grade": "Grade__c",
            "has_reason": "Reason__c",
            "contact_id": "Contact__c",
        },
    },
    "contracts": {"fields": {"value": "Annual_Value__c"}},
    "quotes": {"fields": {"sent_on": "Sent_On__c"}},
}
"""Sections that map everything there is to map in STANDARD."""


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
    total: int = 1234
    """What `SELECT COUNT()` answers."""
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

        `include_parents`, `timezone` and `wanted` (names, or None for everything) are the runtime's.
        """
        wanted = changes.pop("wanted", CORE)
        timezone = str(changes.pop("timezone", "Europe/Amsterdam"))
        include_parents = changes.pop("include_parents", False) is True
        section = {**SETTINGS, **changes}
        settings = SalesforceSettings.model_validate({k: v for k, v in section.items() if v is not None})
        runtime = Runtime(
            clock=self.clock,
            sleep=self.naps.append,
            timezone=ZoneInfo(timezone),
            include_parents=include_parents,
            wanted=frozenset(map(str, wanted)) if isinstance(wanted, Iterable) else None,
        )
        return SalesforceConnector.open(settings, runtime)

    def pull(self, kind: RecordKind, **changes: object) -> list[Record]:
        """Return all records of a kind, none of which may be rejected; keywords as in `connector`."""
        pages = list(self.connector(**changes).pull(kind, tuple))
        assert [page.rejected for page in pages if page.rejected] == []
        return [record for page in pages for record in page.records]

    def rejected(self, kind: RecordKind, **changes: object) -> list[RejectedRecord]:
        """Return what is rejected of a kind."""
        return [each for page in self.connector(**changes).pull(kind, tuple) for each in page.rejected]

    def where(self, sobject: str, number: int = -1) -> str:
        """Return the condition of the last query of an object, or of another one."""
        return self.queries(sobject)[number].soql.partition(" WHERE ")[2].removesuffix(" ORDER BY Id")

    def described(self) -> list[str]:
        """Return the objects that were described."""
        return [
            each["url"].split("/")[2]
            for sent in self.sent
            if sent.path.endswith("/composite/batch") and isinstance(sent.json, dict)
            for each in sent.json["batchRequests"]
        ]

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
        if sent.soql.startswith("SELECT COUNT()"):
            return 200, {"totalSize": self.total, "done": True, "records": []}
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
