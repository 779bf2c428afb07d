"""When a run is due: cron's fields in a time zone, intervals, jitter, and what a policy may say of them."""

from __future__ import annotations

import datetime as dt
import random
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_sync.config import parse_policy
from kam_sync.config.schedule import Schedule
from kam_sync.crontab import Crontab
from kam_sync.durations import parse_duration, words
from kam_sync.errors import ConfigError
from kam_sync.registry import load_rules
from kam_sync.scheduling.clockwork import Times

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca")
RULES = load_rules()


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - keeps no secret


def moments(fields: str, zone: str, start: dt.datetime, count: int) -> list[str]:
    """Return when a schedule is due, by the clock on the wall with its distance from UTC."""
    times = Times(Schedule(cron=fields, timezone=zone), start, chance(1))
    found: list[dt.datetime] = []
    while len(found) < count:
        found.append(times.get_next_fire_time(found[-1] if found else None, start))
    return [moment.astimezone(ZoneInfo(zone)).strftime("%a %m-%d %H:%M %z") for moment in found]


def test_a_run_at_night_takes_place_once_a_day_whatever_the_clock_on_the_wall_does() -> None:
    spring = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    assert moments("30 2 * * *", "Europe/Berlin", spring, 3) == [
        "Sun 03-29 03:30 +0200",  # 02:30 is left out that night
        "Mon 03-30 02:30 +0200",
        "Tue 03-31 02:30 +0200",
    ]
    autumn = dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)
    assert moments("30 2 * * *", "Europe/Berlin", autumn, 3) == [
        "Sun 10-25 02:30 +0200",  # and not again an hour later
        "Mon 10-26 02:30 +0100",
        "Tue 10-27 02:30 +0100",
    ]
    assert moments("30 * * * *", "Europe/Berlin", dt.datetime(2026, 10, 24, 23, tzinfo=dt.UTC), 4) == [
        "Sun 10-25 01:30 +0200",
        "Sun 10-25 02:30 +0200",
        "Sun 10-25 03:30 +0100",
        "Sun 10-25 04:30 +0100",
    ]


def test_weekdays_are_those_of_cron() -> None:
    start = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)  # a Friday
    for fields in ("0 4 * * 1-5", "0 4 * * mon-fri", "0 4 * * MON,tue,3,Thu,5"):
        assert [moment[:3] for moment in moments(fields, "UTC", start, 5)] == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    for fields in ("0 4 * * 0", "0 4 * * 7", "0 4 * * sun"):
        assert moments(fields, "UTC", start, 1) == ["Sun 11-22 04:00 +0000"]
    assert [moment[:3] for moment in moments("0 4 * * fri-mon", "UTC", start, 4)] == ["Sat", "Sun", "Mon", "Fri"]
    assert [moment[:3] for moment in moments("0 4 * * */2", "UTC", start, 4)] == ["Sat", "Sun", "Tue", "Thu"]


def test_the_other_fields_are_those_of_cron() -> None:
    start = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    assert [m[10:15] for m in moments("*/20 8-16/4 * * *", "UTC", start, 5)] == [
        "12:20",
        "12:40",
        "16:00",
        "16:20",
        "16:40",
    ]
    assert [m[4:9] for m in moments("0 4 1,15 jan,6 *", "UTC", start, 4)] == ["01-01", "01-15", "06-01", "06-15"]
    assert moments("0 4 29 2 *", "UTC", start, 1) == ["Tue 02-29 04:00 +0000"]
    assert Crontab.parse("0 4 29 2 *").after(dt.datetime(2096, 3, 1, tzinfo=dt.UTC), ZoneInfo("UTC")).year == 2104


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("15 4 * *", "expected the five fields of cron"),
        ("60 4 * * *", "'60' in the field '60' of cron is not from 0 to 59"),
        ("15 24 * * *", "is not from 0 to 23"),
        ("15 4 0 * *", "is not from 1 to 31"),
        ("15 4 * 13 *", "is not from 1 to 12"),
        ("15 4 * * 8", "is not from 0 to 7"),
        ("15 4 * * mo", "'mo' in the field"),
        ("15 9-5 * * *", "'9-5' is not a field of cron"),
        ("*/0 4 * * *", "is not a field of cron"),
        ("*/x 4 * * *", "is not a field of cron"),
        ("15 4,,5 * * *", "is not from 0 to 23"),
        ("15 4 ³ * *", "is not from 1 to 31"),
        ("15 4 30 2 *", "never comes"),
        ("15 4 31 4,6,9,11 *", "never comes"),
        ("15 4 1 * mon", "not both"),
        ("@daily", "expected the five fields"),
    ],
)
def test_what_is_not_cron_is_refused(fields: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        Crontab.parse(fields)


FIELD = st.one_of(st.just("*"), st.integers(0, 23).map(str), st.integers(1, 12).map("*/{}".format))


@settings(deadline=None, max_examples=60)
@given(
    minute=st.integers(0, 59),
    hour=FIELD,
    zone=st.sampled_from(ZONES),
    start=st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2028, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001 - hypothesis adds the zone
)
def test_moments_go_forward_and_miss_no_day(minute: int, hour: str, zone: str, start: dt.datetime) -> None:
    crontab = Crontab.parse(f"{minute} {hour} * * *")
    moment = start
    for _ in range(8):
        following = crontab.after(moment, ZoneInfo(zone))
        assert moment < following <= moment + dt.timedelta(hours=26)
        assert following.utcoffset() == dt.timedelta(0)
        # A moment before it leads to the same one: nothing lies between.
        assert crontab.after(following - dt.timedelta(microseconds=1), ZoneInfo(zone)) == following
        moment = following


def test_an_interval_keeps_its_beat() -> None:
    start = dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)
    times = Times(Schedule(every=dt.timedelta(hours=6)), start, chance(1))
    first = times.get_next_fire_time(None, start)
    assert first == start + dt.timedelta(hours=6)
    assert times.get_next_fire_time(first, start) == start + dt.timedelta(hours=12)
    late = start + dt.timedelta(hours=20)
    assert times.get_next_fire_time(late, late) == start + dt.timedelta(hours=24)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(every=dt.timedelta(minutes=10), jitter=dt.timedelta(minutes=9)),
        Schedule(cron="*/10 * * * *", timezone="Europe/Berlin", jitter=dt.timedelta(minutes=9)),
    ],
)
def test_jitter_delays_within_its_bounds_and_does_not_add_up(schedule: Schedule) -> None:
    start = dt.datetime(2026, 10, 24, 23, tzinfo=dt.UTC)  # through the hour that comes twice
    times = Times(schedule, start, chance(7))
    moment, lates = start, []
    for number in range(1, 200):
        moment = times.get_next_fire_time(moment, moment)
        planned = schedule.after(moment - schedule.jitter - dt.timedelta(microseconds=1), start)
        assert planned <= moment <= planned + schedule.jitter
        lates.append(moment - start - number * dt.timedelta(minutes=10))
    assert min(lates) < dt.timedelta(minutes=1) < dt.timedelta(minutes=8) < max(lates)


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("6h", 21600), (" 2d ", 172800)])
def test_lengths_of_time(text: str, seconds: int) -> None:
    assert parse_duration(text) == dt.timedelta(seconds=seconds)
    assert parse_duration(words(parse_duration(text))) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "6 h", "-6h", "6w", "1h30m", "1.5h", "٣h", "99999999s"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a length of time such as 90s, 30m, 6h or 2d"):
        parse_duration(text)


# -- the policy's section ---------------------------------------------------------------------------------------------


def in_policy(section: str) -> Schedule:
    text = f"version: 1\norgs: {{main: {{connector: memory, crm: x}}}}\nschedule: {section}\n"
    found = parse_policy(text, path=Path("kam-sync.yaml"), rules=RULES, environment={}).policy.schedule
    assert found is not None
    return found


def test_a_policy_says_when() -> None:
    found = in_policy("{cron: 15 4 * * 1-5, timezone: Europe/Lisbon, jitter: 90, grace: 1m, heartbeat: a.prom}")
    assert found.words == 'at "15 4 * * 1-5" in Europe/Lisbon, up to 90s later'
    assert found.grace == dt.timedelta(minutes=1)
    assert found.misfire_grace == dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ("{crn: 1 2 * * *}", "schedule.crn: unknown key; did you mean 'cron'?"),
        ("{cron: 61 4 * * *}", "schedule.cron: '61' in the field '61' of cron is not from 0 to 59"),
        ("{every: soon}", "schedule.every: expected a length of time such as 90s, 30m, 6h or 2d, not 'soon'"),
        ("{every: true}", "schedule.every: expected a length of time such as 90s, 30m, 6h or 2d"),
        ("{every: 6h, cron: 1 2 * * *}", "schedule: `cron` and `every` exclude each other; keep one"),
        ("{apply: true}", "schedule.apply: unknown key; there are: cron, every, grace, heartbeat, jitter"),
        ("{timezone: Mars/Olympus}", "schedule.timezone: expected a time zone name such as Europe/Berlin"),
    ],
)
def test_a_mistake_in_the_policy_is_named_with_its_line(section: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        in_policy(section)
    assert str(caught.value).startswith(f"kam-sync.yaml:3: {problem}")


def test_options_win_over_the_policy_and_one_way_of_saying_when_replaces_the_other() -> None:
    kept = Schedule(cron="15 4 * * *", timezone="Europe/Berlin", jitter=dt.timedelta(seconds=90))
    assert kept.overridden({"every": None, "grace": None}) == kept
    changed = kept.overridden({"every": "6h", "grace": "5s"})
    assert (changed.cron, changed.words, changed.timezone) == (None, "every 6h, up to 90s later", "Europe/Berlin")
    assert Schedule().overridden({"cron": "1 2 * * *"}).told


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"every": "6x"}, "--every: expected a length of time such as 90s, 30m, 6h or 2d, not '6x'"),
        ({"every": "30s"}, "--every: expected a length of time from 1m to 31d"),
        ({"cron": "1 2"}, "--cron: expected the five fields of cron, such as '15 4 * * *', not '1 2'"),
        ({"cron": "1 2 * * *", "every": "6h"}, "cron and every exclude each other; keep one"),
        ({"every": "5m", "jitter": "5m"}, "jitter must be shorter than every"),
        ({"timezone": "Berlin"}, "--timezone: expected a time zone name such as Europe/Berlin"),
        ({"misfire_grace": "0s"}, "--misfire-grace: expected a length of time from 1s to 31d"),
    ],
)
def test_options_that_do_not_hold_are_refused_by_name(options: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Schedule().overridden(options)
    assert str(caught.value) == problem
