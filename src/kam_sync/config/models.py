"""The policy file as pydantic models: strict, so that a misspelt key is an error."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from kam_sync.config.digest import DigestPolicy
from kam_sync.config.schedule import Schedule
from kam_sync.dates import BusinessCalendar, Weekday, require_zone
from kam_sync.severity import Severity


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CalendarPolicy(_Model):
    """How an org counts time.

    Args:
        fiscal_year_start: The month in which the fiscal year begins, 1 to 12.
        weekend: The days on which nobody works.
        holidays: Further days on which nobody works, each as YYYY-MM-DD.
    """

    fiscal_year_start: Annotated[int, Field(ge=1, le=12)] = 1
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6)] = (Weekday.SATURDAY, Weekday.SUNDAY)
    holidays: tuple[dt.date, ...] = ()

    @property
    def business(self) -> BusinessCalendar:
        """The calendar that rules count by."""
        return BusinessCalendar(
            weekend=frozenset(day.number for day in self.weekend),
            holidays=frozenset(self.holidays),
            fiscal_year_start=self.fiscal_year_start,
        )


class OrgPolicy(BaseModel):
    """One org; whatever is not named here belongs to its connector's settings.

    Args:
        connector: Which connector reads and writes it.
        timezone: The time zone in which days are counted and tasks are due, such as Europe/Berlin.
        calendar: Fiscal year, weekend and holidays, for rules that speak of them.
        inherit: What accounts without any of their own take from the account above them: holders of `roles`, `plans`.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    connector: str
    timezone: str = "UTC"
    calendar: CalendarPolicy = CalendarPolicy()
    inherit: tuple[Literal["roles", "plans"], ...] = ()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        return require_zone(value)

    @property
    def zone(self) -> ZoneInfo:
        """The org's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def settings(self) -> dict[str, object]:
        """What belongs to the connector."""
        return dict(self.model_extra or {})


class TierTuning(_Model):
    """What a rule does differently for accounts of one tier.

    Args:
        severity: The severity for this tier.
        params: Parameters for this tier; others stay as they are for all.
    """

    severity: Severity | None = None
    params: dict[str, object] = Field(default_factory=dict)


class RuleSettings(_Model):
    """What the policy says about one rule.

    Args:
        severity: Instead of the rule's own.
        for_days: How many days it must fail before a task speaks of it.
        params: Its parameters by name; see the reference of rules.
        tiers: Tier, as `account.tier` holds it, and what is different for its accounts.
    """

    severity: Severity | None = None
    for_days: Annotated[int, Field(ge=0, le=365)] = 0
    params: dict[str, object] = Field(default_factory=dict)
    tiers: dict[str, TierTuning] = Field(default_factory=dict)


CodePrefix = Annotated[str, Field(min_length=1)]
"""A rule's code, a former code of it, or a prefix of codes; an empty one would speak of every rule."""


DEFAULT_SELECT: Final = (
    "KAM101",
    "KAM102",
    "KAM103",
    "KAM201",
    "KAM202",
    "KAM203",
    "KAM204",
    "KAM205",
    "KAM314",
    "KAM501",
    "KAM502",
    "KAM508",
    "KAM602",
    "KAM804",
)
"""What runs where a policy selects nothing: the core, and what every company with key accounts can be told; few, since
too many tasks help nobody (catalogue, section 8). Everything else is chosen by prefix."""


class RulesPolicy(_Model):
    """Which rules run, and how they are tuned.

    Args:
        select: Codes or beginnings of codes of the rules that run; the longest match wins.
        ignore: Codes or beginnings of codes of rules that do not run although they are selected.
        top_tiers: Values of `account.tier` that mark the most important accounts; some rules are stricter there.
        settings: Rule code and what is said about that rule.
    """

    select: tuple[CodePrefix, ...] = DEFAULT_SELECT
    ignore: tuple[CodePrefix, ...] = ()
    top_tiers: frozenset[str] = frozenset()
    settings: dict[str, RuleSettings] = Field(default_factory=dict)


class CapsPolicy(_Model):
    """How many tasks people can bear; null lifts a cap.

    Args:
        live_per_account: Open tasks of kam-sync on one account.
        live_per_owner: Open tasks of kam-sync of one person.
        new_per_owner: New tasks for one person in 24 hours.
    """

    live_per_account: Annotated[int, Field(ge=1)] | None = 3
    live_per_owner: Annotated[int, Field(ge=1)] | None = 15
    new_per_owner: Annotated[int, Field(ge=1)] | None = 5


class TasksPolicy(_Model):
    """How findings become tasks.

    Args:
        min_severity: Findings below it are listed and become no task.
        caps: How many tasks people can bear; what is more waits in a queue.
        topics: Topic and the topic whose tasks speak of its findings too, such as `growth: relations`.
        due_days: Severity and calendar days until a task is due; critical 1, high 3, medium 7, low 14, info 14.
        fallback_assignee: Id or e-mail address of the user who gets what nobody else can, one for all orgs or one for
            each; required before the first apply.
    """

    min_severity: Severity = Severity.MEDIUM
    caps: CapsPolicy = CapsPolicy()
    topics: dict[str, Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]] = Field(default_factory=dict)
    due_days: dict[Severity, Annotated[int, Field(ge=0, le=365)]] = Field(default_factory=dict)
    fallback_assignee: str | dict[str, str] | None = None

    @property
    def all_due_days(self) -> dict[Severity, int]:
        """Days until due for every severity."""
        defaults = {
            Severity.CRITICAL: 1,
            Severity.HIGH: 3,
            Severity.MEDIUM: 7,
            Severity.LOW: 14,
            Severity.INFO: 14,
        }
        return {**defaults, **self.due_days}

    def fallback_for(self, org: str) -> str | None:
        """Return the fallback assignee of an org as written in the policy."""
        if isinstance(self.fallback_assignee, dict):
            return self.fallback_assignee.get(org)
        return self.fallback_assignee


class SuppressionPolicy(_Model):
    """A decision to stay silent.

    Args:
        code: Code, or beginning of codes, of the rules that are silenced.
        org: Only in this org of the policy.
        account: Only on this account: the CRM's id.
        key: Only findings of this key, such as the role `innovator`; `check --format json` shows keys.
        reason: Why; shown wherever the finding is.
        author: Who decided it.
        until: The last day of it, in the org's time zone, as YYYY-MM-DD.
    """

    code: CodePrefix
    org: str | None = None
    account: str | None = None
    key: str | None = None
    reason: Annotated[str, Field(min_length=3)]
    author: str
    until: dt.date


class SafetyPolicy(_Model):
    """When kam-sync refuses to write rather than do harm; shares are of 1.

    Args:
        max_creates: New tasks in one run.
        max_close_count: Tasks closed in one run that are always allowed.
        max_close_share: Share of the open tasks that one run may close, where that is more.
        max_row_drop: Share of records of a kind that may be gone since the last good run.
        max_null_jump: Share of accounts on which a field may newly be empty; beyond it the field counts as unknown.
    """

    max_creates: Annotated[int, Field(ge=0)] = 200
    max_close_count: Annotated[int, Field(ge=0)] = 10
    max_close_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    max_row_drop: Annotated[float, Field(ge=0, le=1)] = 0.2
    max_null_jump: Annotated[float, Field(ge=0, le=1)] = 0.2


class Policy(_Model):
    """The whole policy file.

    Args:
        version: The version of this format: 1.
        orgs: Name and settings of each org; names are yours and appear in every report.
        assignments: A CSV file that says who plays which role, for what the CRM has no field for.
        rules: Which rules run, and how they are tuned.
        tasks: How findings become tasks.
        suppress: Decisions to stay silent.
        safety: When kam-sync refuses to write.
        schedule: When `kam-sync schedule` runs the job, and what it leaves behind; other schedulers need none of it.
        digest: Weekly digests for owners and for the head of key accounts, and where they are sent.
        state: URL of the state database; a relative SQLite path starts from the folder of the policy.
    """

    version: Literal[1]
    orgs: Annotated[dict[str, OrgPolicy], Field(min_length=1)]
    assignments: str | None = None
    rules: RulesPolicy = RulesPolicy()
    tasks: TasksPolicy = TasksPolicy()
    suppress: tuple[SuppressionPolicy, ...] = ()
    safety: SafetyPolicy = SafetyPolicy()
    schedule: Schedule | None = None
    digest: DigestPolicy | None = None
    state: str = "sqlite:///kam-sync.db"
