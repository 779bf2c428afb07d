"""Names that never change: the fingerprint of a finding and the key of a task (design, sections 5 and 7)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Final

KEY_PREFIX: Final = "k1"
"""What every task key begins with, whichever installation made it; the 1 is the version of the hash's input."""

TASK_KEY: Final = re.compile(r"k1[0-9a-f]{24}-[1-9][0-9]{0,5}")
"""The shape of a task key: lower-case hex, since Salesforce's unique text fields ignore case by default."""


def _digest(*parts: str) -> str:
    canonical = json.dumps(parts, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:24]


def fingerprint(org_uid: str, code: str, account_id: str, key: str) -> str:
    """Return the identity of a finding: the same defect of the same account (or portfolio) has it for ever.

    Args:
        org_uid: The CRM's own id of the org (Salesforce Organization Id, HubSpot portal id).
        code: The rule's code, such as KAM101.
        account_id: The CRM's id of the account; empty for a finding about the whole portfolio.
        key: What tells findings of one rule on one account apart, such as a role; empty where there is one.
    """
    return _digest(org_uid, code, "account" if account_id else "portfolio", account_id, key)


def task_key(org_uid: str, account_id: str, topic: str, episode: int) -> str:
    """Return the key that a task carries in the CRM for one episode (1, 2, …) of a topic of an account."""
    return f"{KEY_PREFIX}{_digest(org_uid, account_id, topic)}-{episode}"


def episode_of(key: str) -> int:
    """Return the episode that a task key ends with."""
    return int(key.rpartition("-")[2])


def find_task_key(text: str | None) -> str | None:
    """Return the first task key in a text, or None."""
    match = TASK_KEY.search(text or "")
    return match.group() if match else None
