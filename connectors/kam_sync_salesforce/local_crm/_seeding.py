"""What every org has before any customer is in it: itself, its system users, stages, statuses and priorities."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from pathlib import Path
from typing import Final

from kam_sync_salesforce.local_crm._activities import CLOSED_STATUS, OPEN_STATUS, TASK_PRIORITIES, TASK_STATUSES
from kam_sync_salesforce.local_crm._database import Database, Value
from kam_sync_salesforce.local_crm._ids import make_id
from kam_sync_salesforce.local_crm._moments import stamp
from kam_sync_salesforce.local_crm._sales_objects import STAGES

API_USER: Final = "api_user"
ADMINISTRATOR: Final = "administrator"
ORGANIZATION_ID: Final = "organization_id"


def seed(db: Database, folder: Path, now: dt.datetime) -> None:
    """Fill a new database; does nothing to one that has been filled before.

    The organization's id comes from the folder's name, so that two local orgs are two orgs.
    """
    if db.setting(ORGANIZATION_ID) is not None:
        return
    number = int.from_bytes(hashlib.sha256(folder.name.encode()).digest()[:6], "big")
    organization_id = make_id("00D", number)
    with db.transaction():
        db.set_setting(ORGANIZATION_ID, organization_id)
        db.set_setting("consumer_key", f"3MVG9.local.{secrets.token_urlsafe(24)}")
        db.set_setting("consumer_secret", secrets.token_urlsafe(32))
        api_user = _users(db, now)
        audit: dict[str, Value] = {
            "CreatedDate": stamp(now),
            "CreatedById": api_user,
            "LastModifiedDate": stamp(now),
            "LastModifiedById": api_user,
            "SystemModstamp": stamp(now),
        }
        organization: dict[str, Value] = {
            "Id": organization_id,
            "Name": "Local Salesforce",
            "OrganizationType": "Enterprise Edition",
            "InstanceName": "LOCAL",
            "TimeZoneSidKey": "GMT",
            "DefaultLocaleSidKey": "en_US",
            "LanguageLocaleKey": "en_US",
        }
        db.insert(db.catalogue["Organization"], organization | audit)
        _choices(db, audit)


def _users(db: Database, now: dt.datetime) -> str:
    ids: dict[str, str] = {}
    for first, last, kind in (
        ("Integration", "User", "Standard"),
        ("Org", "Administrator", "Standard"),
        ("Automated", "Process", "AutomatedProcess"),
    ):
        user_id = ids[last] = db.new_id("005")
        address = f"{first}.{last}@salesforce.example".lower()
        db.insert(
            db.catalogue["User"],
            {
                "Id": user_id,
                "Username": address,
                "FirstName": first,
                "LastName": last,
                "Name": f"{first} {last}",
                "Email": address,
                "IsActive": 1,
                "UserType": kind,
                "CreatedDate": stamp(now),
                "CreatedById": ids["User"],
                "LastModifiedDate": stamp(now),
                "LastModifiedById": ids["User"],
                "SystemModstamp": stamp(now),
            },
        )
    db.set_setting(API_USER, ids["User"])
    db.set_setting(ADMINISTRATOR, ids["Administrator"])
    return ids["User"]


def _choices(db: Database, audit: dict[str, Value]) -> None:
    for order, name in enumerate(TASK_STATUSES, start=1):
        status: dict[str, Value] = {"IsDefault": int(name == OPEN_STATUS), "IsClosed": int(name == CLOSED_STATUS)}
        _choice(db, "TaskStatus", order, name, status | audit)
    for order, name in enumerate(TASK_PRIORITIES, start=1):
        priority: dict[str, Value] = {"IsDefault": int(name == "Normal"), "IsHighPriority": int(name == "High")}
        _choice(db, "TaskPriority", order, name, priority | audit)
    for order, (name, closed, won, category, probability) in enumerate(STAGES, start=1):
        stage: dict[str, Value] = {
            "IsActive": 1,
            "IsClosed": closed,
            "IsWon": won,
            "ForecastCategoryName": category,
            "DefaultProbability": probability,
        }
        _choice(db, "OpportunityStage", order, name, stage | audit)


def _choice(db: Database, object_name: str, order: int, name: str, values: dict[str, Value]) -> None:
    whole = db.catalogue[object_name]
    own: dict[str, Value] = {
        "Id": db.new_id(whole.key_prefix),
        "MasterLabel": name,
        "ApiName": name,
        "SortOrder": order,
    }
    db.insert(whole, own | values)
