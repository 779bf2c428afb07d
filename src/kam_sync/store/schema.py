"""The tables of the store; the same for SQLite and PostgreSQL. Payloads are JSON of the core's dataclasses."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Date, Float, Index, Integer, MetaData, String, Table, Text

SCHEMA_VERSION: Final = 1

metadata: Final = MetaData()


def _key(name: str) -> Column[str]:
    return Column(name, String(200), primary_key=True)


meta: Final = Table("meta", metadata, _key("name"), Column("value", String(200), nullable=False))

mirror_records: Final = Table(
    "mirror_records",
    metadata,
    _key("org_uid"),
    _key("kind"),
    _key("id"),
    Column("pull", Integer, nullable=False),
    Column("in_scope", Boolean, nullable=False),
    Column("our_key", String(64)),
    Column("payload", Text, nullable=False),
    sqlite_with_rowid=False,
)

mirror_links: Final = Table(
    "mirror_links",
    metadata,
    _key("org_uid"),
    _key("account_id"),
    _key("kind"),
    _key("record_id"),
    Column("pull", Integer, nullable=False),
    sqlite_with_rowid=False,
)

mirror_rejects: Final = Table(
    "mirror_rejects",
    metadata,
    _key("org_uid"),
    _key("kind"),
    _key("record_id"),
    _key("account_id"),
    Column("reason", String(300), nullable=False),
)

mirror_merged: Final = Table(
    "mirror_merged",
    metadata,
    _key("org_uid"),
    _key("loser_id"),
    Column("winner_id", String(200), nullable=False),
)

mirror_state: Final = Table(
    "mirror_state",
    metadata,
    _key("org_uid"),
    _key("kind"),
    Column("pull", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("good_rows", Integer),
    Column("pulled_at", String(40), nullable=False),
    Column("problem", String(500), nullable=False),
)

field_probes: Final = Table(
    "field_probes",
    metadata,
    _key("org_uid"),
    _key("field"),
    Column("rows", Integer, nullable=False),
    Column("filled", Integer, nullable=False),
    Column("good_rate", Float),
)

role_first_seen: Final = Table(
    "role_first_seen",
    metadata,
    _key("org_uid"),
    _key("assignment_id"),
    Column("first_seen_on", Date, nullable=False),
    sqlite_with_rowid=False,
)

judgements: Final = Table(
    "judgements",
    metadata,
    _key("org_uid"),
    _key("account_id"),
    Column("payload", Text, nullable=False),
    sqlite_with_rowid=False,
)

portfolio_judgements: Final = Table(
    "portfolio_judgements", metadata, _key("org_uid"), Column("payload", Text, nullable=False)
)

baseline: Final = Table(
    "baseline",
    metadata,
    _key("org_uid"),
    _key("fingerprint"),
    Column("release_on", Date, nullable=False),
    sqlite_with_rowid=False,
)

waiting: Final = Table(
    "waiting",
    metadata,
    _key("org_uid"),
    _key("account_id"),
    _key("topic"),
    Column("payload", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""What waited behind a cap when the org was last planned; for people to look at, nothing is decided by it."""

topic_failures: Final = Table(
    "topic_failures",
    metadata,
    _key("org_uid"),
    _key("account_id"),
    _key("topic"),
    Column("severity", Integer, nullable=False),
    Column("revenue", Float, nullable=False),
    Column("since", Date, nullable=False),
)

findings: Final = Table(
    "findings",
    metadata,
    _key("org_uid"),
    _key("fingerprint"),
    Column("account_id", String(200), nullable=False),
    Column("code", String(20), nullable=False),
    Column("key", String(300), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("since", Date, nullable=False),
)
Index("findings_by_account", findings.c.org_uid, findings.c.account_id)

finding_events: Final = Table(
    "finding_events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("org_uid", String(200), nullable=False),
    Column("fingerprint", String(200), nullable=False),
    Column("account_id", String(200), nullable=False),
    Column("code", String(20), nullable=False),
    Column("severity", Integer, nullable=False),
    Column("event", String(20), nullable=False),
    Column("day", Date, nullable=False),
)

finding_titles: Final = Table(
    "finding_titles",
    metadata,
    _key("org_uid"),
    _key("fingerprint"),
    Column("title", String(500), nullable=False),
    sqlite_with_rowid=False,
)
"""What was wrong when a finding last opened, so that one can say what was solved; for people to read only."""

task_links: Final = Table(
    "task_links",
    metadata,
    _key("org_uid"),
    _key("key"),
    Column("account_id", String(200), nullable=False),
    Column("topic", String(100), nullable=False),
    Column("state", String(20), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("task_id", String(200), nullable=False),
    Column("owner_id", String(200)),
    Column("created_at", String(40)),
    Column("run_id", String(40)),
    Column("revision", Integer, nullable=False),
    Column("payload", Text, nullable=False),
)
Index("task_links_by_account", task_links.c.org_uid, task_links.c.account_id, task_links.c.topic)
Index("task_links_by_state", task_links.c.org_uid, task_links.c.state)

outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("org_uid", String(200), nullable=False),
    Column("run_id", String(40), nullable=False),
    Column("operation_id", String(200), nullable=False),
    Column("key", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("payload", Text, nullable=False),
    Column("problem", String(500), nullable=False),
    Column("at", String(40), nullable=False),
)
Index("outbox_by_state", outbox.c.org_uid, outbox.c.state)

leases: Final = Table(
    "leases",
    metadata,
    _key("org_uid"),
    Column("holder", String(200), nullable=False),
    Column("token", Integer, nullable=False),
    Column("expires_at", Float, nullable=False),
)

runs: Final = Table(
    "runs",
    metadata,
    _key("id"),
    _key("org_uid"),
    Column("org", String(200), nullable=False),
    Column("started_at", String(40), nullable=False),
    Column("finished_at", String(40)),
    Column("applied", Boolean, nullable=False),
    Column("summary", Text, nullable=False),
)

descriptions: Final = Table(
    "descriptions",
    metadata,
    _key("org"),
    Column("org_uid", String(200), nullable=False),
    Column("payload", Text, nullable=False),
)

digests: Final = Table(
    "digests",
    metadata,
    _key("audience"),
    _key("period"),
    _key("channel"),
    _key("recipient"),
    Column("state", String(20), nullable=False),
    Column("token", String(40), nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("problem", String(500), nullable=False),
    Column("at", String(40), nullable=False),
)
"""What became of each delivery of a digest; neither names nor addresses stand in it, only hashes of them."""
