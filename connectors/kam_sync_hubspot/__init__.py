"""The HubSpot connector of kam-sync; importing it does not import HubSpot's SDK."""

from __future__ import annotations

from kam_sync_hubspot.connector import HubSpotConnector

__all__ = ["HubSpotConnector"]
