"""The store: mirror, judgements, findings, task links, outbox, leases and runs, through SQLAlchemy Core."""

from kam_sync.store.database import Store

__all__ = ["Store"]
