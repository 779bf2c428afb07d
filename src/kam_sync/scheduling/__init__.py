"""Running the job again and again in one process: the schedule's clockwork, the service, and how it is stopped."""

from __future__ import annotations

from kam_sync.config.schedule import Schedule
from kam_sync.scheduling.service import JobService, Tick

__all__ = ["JobService", "Schedule", "Tick"]
