"""Importing the customer's people."""

from __future__ import annotations

from collections.abc import Sequence

from kam_sync.portfolio import PortfolioContact
from kam_sync.records import BuyingRole
from kam_sync_salesforce.local_crm._derived import Record
from kam_sync_salesforce.local_crm._importing import Import
from kam_sync_salesforce.local_crm._loading_owned import Owned
from kam_sync_salesforce.local_crm._relations import direct_relation
from kam_sync_salesforce.local_crm._words import BUYING_ROLES, LEVELS, STANCES


def roles_text(roles: Sequence[BuyingRole]) -> str | None:
    """Return buying roles as the multi-select picklist of an account's contact holds them."""
    return ";".join(BUYING_ROLES[role] for role in roles) or None


def load_contact(into: Import, owned: Owned, contact: PortfolioContact, roles: Sequence[BuyingRole]) -> str:
    """Take a contact and return its id; `roles` are the buying roles that no opportunity tells, but the account."""
    first, _, last = contact.name.rpartition(" ")
    owner = into.found("user", contact.owner, f"a contact of {owned.whose}") if contact.owner else owned.owner
    values: Record = {
        "AccountId": owned.id,
        "FirstName": first or None,
        "LastName": last,
        "Title": contact.title or None,
        "Department": contact.department,
        "Email": contact.email or None,
        "EmailBouncedReason": "550 mailbox unavailable" if contact.bounced else None,
        "EmailBouncedDate": into.present if contact.bounced else None,
        "OwnerId": owner,
        "Stance__c": STANCES[contact.stance] if contact.stance else None,
        "Stance_On__c": into.on(contact.stance_days),
        "Level__c": LEVELS[contact.level] if contact.level else None,
        "Influence__c": contact.influence,
        "Decision_Criteria__c": contact.decision_criteria,
        "Left_Company__c": int(contact.left),
    }
    made = into.moment(contact.created_days)
    contact_id = into.add("Contact", values, by=owner, at=made)
    if contact.slug:
        into.remember("contact", owned.child(contact.slug), contact_id)
    into.add("AccountContactRelation", direct_relation(owned.id, contact_id, roles_text(roles)), by=owner, at=made)
    return contact_id
