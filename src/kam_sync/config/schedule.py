"""The section `schedule:` of a policy file: when `kam-sync schedule` runs the job, and what it leaves behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from kam_sync.crontab import Crontab
from kam_sync.dates import require_zone
from kam_sync.durations import Duration, parse_duration, words
from kam_sync.errors import ConfigError


def _between(low: str, high: str) -> AfterValidator:
    """Return what refuses a length of time outside of two others."""

    def check(value: dt.timedelta) -> dt.timedelta:
        if not parse_duration(low) <= value <= parse_duration(high):
            raise ValueError(f"expected a length of time from {low} to {high}")
        return value

    return AfterValidator(check)


class Schedule(BaseModel):
    """When the job runs by itself: by `cron` or `every` so often, not both.

    Whether it may write is not said here: that takes `--apply`, as everywhere. Lengths of time are written as `90s`,
    `30m`, `6h` or `2d`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str | None = Field(default=None, description="The five fields of cron: minute, hour, day, month, weekday.")
    every: Annotated[Duration, _between("1m", "31d")] | None = Field(
        default=None, description="How long from one run to the next, counted from the start of the service."
    )
    timezone: str = Field(default="UTC", description="The time zone of `cron`.")
    jitter: Annotated[Duration, _between("0s", "1h")] = Field(
        default=dt.timedelta(0), description="A run begins up to so much later, by chance."
    )
    misfire_grace: Annotated[Duration, _between("1s", "31d")] = Field(
        default=dt.timedelta(hours=1), description="A run that could only begin later than this is left out."
    )
    once_at_start: bool = Field(default=False, description="Run once as soon as the service starts.")
    grace: Annotated[Duration, _between("0s", "1h")] = Field(
        default=dt.timedelta(seconds=30), description="How long a run that is asked to stop may take to do so."
    )
    heartbeat: str | None = Field(
        default=None, description="The file for Prometheus that every run leaves, relative to the policy file."
    )

    @field_validator("cron")
    @classmethod
    def _is_cron(cls, value: str | None) -> str | None:
        if value is not None:
            Crontab.parse(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        return require_zone(value)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.cron is not None and self.every is not None:
            raise ValueError("`cron` and `every` exclude each other; keep one")
        if self.every is not None and self.jitter >= self.every:
            raise ValueError("`jitter` must be shorter than `every`")
        return self

    @property
    def told(self) -> bool:
        """Whether it says when to run."""
        return self.cron is not None or self.every is not None

    @property
    def words(self) -> str:
        """When the job runs, for the reader."""
        when = f"every {words(self.every)}" if self.every is not None else f'at "{self.cron}" in {self.timezone}'
        return f"{when}, up to {words(self.jitter)} later" if self.jitter else when

    def after(self, moment: dt.datetime, started: dt.datetime) -> dt.datetime:
        """Return when the next run after a moment begins, jitter aside, in UTC; `started` is what `every` counts from.

        Raises:
            ConfigError: It says neither `cron` nor `every`.
        """
        if self.cron is not None:
            return Crontab.parse(self.cron).after(moment, ZoneInfo(self.timezone))
        if self.every is None:
            raise ConfigError('say when to run: --cron "15 4 * * *" or --every 6h, or the same in `schedule:`')
        return started + (max((moment - started) // self.every, 0) + 1) * self.every

    def overridden(self, options: Mapping[str, object]) -> Schedule:
        """Return the schedule with some keys said anew, as on the command line; None leaves a key as it is.

        Raises:
            ConfigError: An option is not what its key takes.
        """
        said = {key: value for key, value in options.items() if value is not None}
        kept = self.model_dump(exclude_unset=True)
        if said.keys() & {"cron", "every"}:
            kept = {key: value for key, value in kept.items() if key not in {"cron", "every"}}
        try:
            return Schedule.model_validate({**kept, **said})
        except ValidationError as error:
            found = error.errors(include_input=False, include_url=False)[0]
            option = f"--{str(found['loc'][0]).replace('_', '-')}: " if found["loc"] else ""
            raise ConfigError(option + found["msg"].removeprefix("Value error, ").replace("`", "")) from None
