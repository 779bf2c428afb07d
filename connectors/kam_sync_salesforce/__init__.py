"""kam-sync's connector for Salesforce."""

from __future__ import annotations

from kam_sync_salesforce.connector import SalesforceConnector

__all__ = ["SalesforceConnector"]
