"""The front door of digests: what would be sent, and sending it, each delivery once a week whatever happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, assert_never

from kam_sync.config import LoadedPolicy
from kam_sync.config.digest import Channel, DigestPolicy, FileChannel, SlackChannel, SmtpChannel, WebhookChannel
from kam_sync.digesting.building import Digest, build_digests
from kam_sync.digesting.channels import Arrival, Carrier, Parcel, hashed
from kam_sync.digesting.filing import FileCarrier
from kam_sync.digesting.gathering import Gatherer
from kam_sync.digesting.mail import MailCarrier
from kam_sync.digesting.people import PORTFOLIO
from kam_sync.digesting.periods import Period, last_over, period_named
from kam_sync.digesting.posting import PostCarrier
from kam_sync.digesting.presenting import present
from kam_sync.errors import ConfigError, KamSyncError, LeaseHeldError
from kam_sync.retrying import call_with_retries
from kam_sync.session import JobSettings
from kam_sync.store import Store
from kam_sync.store.digests import DeliveryKey, DeliveryRecord, DeliveryState, DigestBooks
from kam_sync.store.leases import undisturbed
from kam_sync.store.runs import load_description

ATTEMPTS: Final = 3
"""How often a delivery is tried in one run while nothing has left."""
UNCERTAIN: Final = "no answer came, so it may or may not have arrived"


class DeliveryOutcome(StrEnum):
    """What became of a delivery, or would."""

    DUE = "due"
    """It would be sent now."""
    NOT_YET = "due when the week is over"
    SENT = "sent"
    ALREADY_SENT = "already sent"
    IN_PROGRESS = "being sent by another run"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    NO_ADDRESS = "no e-mail address"


_TROUBLE: Final = frozenset({DeliveryOutcome.FAILED, DeliveryOutcome.UNCERTAIN, DeliveryOutcome.NO_ADDRESS})


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestDelivery:
    """One digest by one channel to one recipient.

    `name` is the person's, or `portfolio`. `at` is when it was sent or last tried, UTC. `problem` is for the user and
    holds no address.
    """

    name: str
    channel: str
    outcome: DeliveryOutcome
    at: dt.datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestResult:
    """What became of the digests of a week."""

    period: Period
    deliveries: tuple[DigestDelivery, ...]

    @property
    def exit_code(self) -> int:
        """0 when everything is delivered, 1 when nothing could be, else 4 (partial)."""
        smooth = [delivery.outcome not in _TROUBLE for delivery in self.deliveries]
        return 0 if all(smooth) else 4 if any(smooth) else 1


def digest(policy: LoadedPolicy, store: Store, settings: JobSettings, *, week: str | None = None) -> tuple[Digest, ...]:
    """Return the digests of a week, the portfolio's first, from the store as of the last check; calls nobody.

    Args:
        policy: The policy; without a section `digest:` weeks begin on Monday, UTC.
        store: Its store.
        settings: How to run.
        week: A week such as 2026-W47; the latest that is over by default.

    Raises:
        ConfigError: There is no such week, it has not begun, or an org was never checked.
        LeaseHeldError: A run is at work on an org, so that its judgements may be half written.

    Example:
        >>> portfolio, *people = kam_sync.digest(policy, store, settings)
        >>> portfolio.audience, portfolio.period.first.isoformat()
        ('portfolio', '2026-02-23')
    """
    given = policy.policy.digest or DigestPolicy()
    today = _today(policy, settings, given)
    period = period_named(week, given.weekday) if week is not None else last_over(today, given.weekday)
    if period.first > today:
        raise ConfigError(f"the week {period.name} begins on {period.first}; choose one that has begun")
    facts = []
    for org in settings.chosen(policy):
        description = load_description(store, org)
        if description is None:
            raise ConfigError(f"{org} was never pulled; run `kam-sync run` first")
        with undisturbed(store, description.org_uid, org, settings.clock):
            facts.append(Gatherer(policy, store, settings, org, description).gather(period))
    return build_digests(facts, period)


def _today(policy: LoadedPolicy, settings: JobSettings, given: DigestPolicy) -> dt.date:
    """Return the day it is everywhere: a week is over when it is over in the digest's zone and in every org's.

    Otherwise an org in which it is still the day before could add to a week that has been told of.
    """
    zones = [given.zone, *(org.zone for org in policy.policy.orgs.values())]
    return min(settings.clock.now().astimezone(zone).date() for zone in zones)


def choose(digests: Sequence[Digest], name: str) -> tuple[Digest, ...]:
    """Return the digest of a person, by name or e-mail address, or the one of the `portfolio`.

    Raises:
        ConfigError: There is none, or there are several of that name.
    """
    wanted = name.casefold()
    found = tuple(digest for digest in digests if wanted in ({PORTFOLIO} if digest.is_portfolio else _names(digest)))
    if len(found) > 1:
        raise ConfigError(f"there are {len(found)} people called {name!r}; give the e-mail address")
    if not found:
        raise ConfigError(f"nobody called {name!r} gets a digest; `kam-sync digest` lists who does, and `portfolio`")
    return found


def _names(digest: Digest) -> frozenset[str]:
    return frozenset(name.casefold() for name in (digest.name, digest.address) if name)


def planned_deliveries(
    policy: LoadedPolicy, store: Store, settings: JobSettings, digests: Sequence[Digest]
) -> DigestResult:
    """Return what sending some digests now would do; calls nobody and changes nothing.

    Example:
        >>> digests = kam_sync.digest(policy, store, settings)
        >>> kam_sync.planned_deliveries(policy, store, settings, digests).deliveries  # the policy names no channel
        ()
    """
    books = DigestBooks(store, settings.clock)
    period = _period_of(digests)
    is_over = period.last < _today(policy, settings, policy.policy.digest or DigestPolicy())

    def planned(parcel: Parcel, channel: str, carrier: Carrier) -> DigestDelivery:
        outcome, at, problem = _standing(books.look(_key(parcel, channel)), repeatable=carrier.repeatable)
        if outcome is DeliveryOutcome.DUE and not is_over:
            outcome = DeliveryOutcome.NOT_YET
        return _delivery(parcel, channel, outcome, at, problem)

    with _Carriers(policy, settings) as carriers:
        done = tuple(
            planned(parcel, channel, carriers[channel]) if isinstance(parcel, Parcel) else parcel
            for channel, parcel in _parcels(policy, carriers, digests)
        )
    return DigestResult(period=period, deliveries=done)


def send_digests(
    policy: LoadedPolicy,
    store: Store,
    settings: JobSettings,
    digests: Sequence[Digest],
    *,
    channel: str | None = None,
    again: bool = False,
) -> DigestResult:
    """Deliver digests by the policy's channels, each once a week: what was delivered before is left alone.

    Args:
        policy: The policy; it has a section `digest:`.
        store: Its store, in which every delivery is claimed before it leaves.
        settings: How to run.
        digests: What `digest` gave for all orgs, or some of it.
        channel: Only by this channel.
        again: Deliver also what was, or may have been, delivered before.

    Raises:
        ConfigError: The policy names no channels, or no such channel; the week is not over; or not all orgs are chosen,
            which would leave a digest for ever without the others.
    """
    given = policy.policy.digest
    if given is None:
        raise ConfigError("the policy has no section `digest:`, so there is nowhere to send to; see docs/digest.md")
    if channel is not None and channel not in given.channels:
        raise ConfigError(f"there is no channel {channel!r} in the policy; there are: {', '.join(given.channels)}")
    if set(settings.chosen(policy)) != set(policy.policy.orgs):
        raise ConfigError("a digest is sent once a week, so it is sent for all orgs together")
    period = _period_of(digests)
    if period.last >= _today(policy, settings, given):
        raise ConfigError(f"the week {period.name} ends on {period.last}; its digest can be sent from the day after")
    books = DigestBooks(store, settings.clock)
    with _Carriers(policy, settings) as carriers:
        chosen = (entry for entry in _parcels(policy, carriers, digests) if channel in {None, entry[0]})
        done = tuple(
            _Sender(books, settings, carriers[by], by, again).send(parcel) if isinstance(parcel, Parcel) else parcel
            for by, parcel in chosen
        )
    return DigestResult(period=period, deliveries=done)


def _period_of(digests: Sequence[Digest]) -> Period:
    periods = {digest.period for digest in digests}
    if len(periods) != 1:
        raise ConfigError("the digests of one week are sent together")
    return periods.pop()


class _Carriers(ExitStack):
    """The carriers of all channels that the policy uses, closed at the end."""

    def __init__(self, policy: LoadedPolicy, settings: JobSettings) -> None:
        super().__init__()
        given = policy.policy.digest or DigestPolicy()
        self._all: Mapping[str, Carrier] = {
            name: self.enter_context(closing(_carrier(channel, name, policy, settings)))
            for name, channel in given.channels.items()
        }

    def __getitem__(self, name: str) -> Carrier:
        return self._all[name]


def _carrier(channel: Channel, name: str, policy: LoadedPolicy, settings: JobSettings) -> Carrier:
    match channel:
        case SmtpChannel():
            return MailCarrier(channel, settings.clock, name)
        case SlackChannel() | WebhookChannel():
            return PostCarrier(channel, name)
        case FileChannel():
            return FileCarrier(policy.folder / channel.folder, name)
        case _:
            assert_never(channel)


def _parcels(
    policy: LoadedPolicy, carriers: _Carriers, digests: Sequence[Digest]
) -> Iterator[tuple[str, Parcel | DigestDelivery]]:
    """Yield every delivery there is to make, by channel; where nobody can be written to, what to say of that."""
    given = policy.policy.digest or DigestPolicy()
    for one in digests:
        document = present(one)
        for channel in dict.fromkeys(given.portfolio if one.is_portfolio else given.owners):
            recipients = carriers[channel].recipients(one)
            if not recipients:
                problem = "the CRM knows no usable e-mail address of this user; enter it there"
                yield (
                    channel,
                    DigestDelivery(name=one.name, channel=channel, outcome=DeliveryOutcome.NO_ADDRESS, problem=problem),
                )
            for recipient in recipients:
                parcel = Parcel(id="", digest=one, document=document, recipient=recipient)
                yield channel, replace(parcel, id=_id(parcel, channel))


def _key(parcel: Parcel, channel: str) -> DeliveryKey:
    recipient = hashed(parcel.recipient.casefold()) if parcel.recipient else ""
    return DeliveryKey(
        audience=parcel.digest.audience, period=parcel.digest.period.name, channel=channel, recipient=recipient
    )


def _id(parcel: Parcel, channel: str) -> str:
    """Return what a delivery is recognised by: who it is for, of which orgs, about which week, and where it goes."""
    orgs = sorted(as_of.org_uid for as_of in parcel.digest.as_of)
    key = _key(parcel, channel)
    return hashed(key.audience, key.period, key.channel, key.recipient, *orgs)


_STANDING: Final[Mapping[DeliveryState, DeliveryOutcome]] = {
    DeliveryState.NONE: DeliveryOutcome.DUE,
    DeliveryState.CLAIMED: DeliveryOutcome.IN_PROGRESS,
    DeliveryState.SENDING: DeliveryOutcome.IN_PROGRESS,
    DeliveryState.SENT: DeliveryOutcome.ALREADY_SENT,
    DeliveryState.FAILED: DeliveryOutcome.DUE,
    DeliveryState.UNCERTAIN: DeliveryOutcome.UNCERTAIN,
}


def _standing(record: DeliveryRecord, repeatable: bool) -> tuple[DeliveryOutcome, dt.datetime | None, str]:
    outcome = _STANDING[record.state]
    if outcome is DeliveryOutcome.UNCERTAIN:
        return (DeliveryOutcome.DUE, record.at, "") if repeatable else (outcome, record.at, UNCERTAIN)
    return outcome, record.at, record.problem


def _delivery(
    parcel: Parcel, channel: str, outcome: DeliveryOutcome, at: dt.datetime | None, problem: str = ""
) -> DigestDelivery:
    name = PORTFOLIO if parcel.digest.is_portfolio else parcel.digest.name
    return DigestDelivery(name=name, channel=channel, outcome=outcome, at=at, problem=problem)


class _Sender:
    """Makes one delivery: claims it, lets it leave, and writes down how that ended."""

    def __init__(self, books: DigestBooks, settings: JobSettings, carrier: Carrier, channel: str, again: bool) -> None:
        self._books = books
        self._settings = settings
        self._carrier = carrier
        self._channel = channel
        self._again = again

    def send(self, parcel: Parcel) -> DigestDelivery:
        """Deliver a parcel unless it was delivered before, or another run is at it."""
        key = _key(parcel, self._channel)
        claim = self._books.claim(key, again=self._again, repeatable=self._carrier.repeatable)
        if claim is None:
            return _delivery(parcel, self._channel, *_standing(self._books.look(key), repeatable=False))
        current = claim

        def begin() -> None:
            nonlocal current
            current = self._books.begin(current)

        try:
            arrival = call_with_retries(
                lambda: self._carrier.carry(parcel, begin), sleep=self._settings.sleep, attempts=ATTEMPTS
            )
        except LeaseHeldError:
            return _delivery(parcel, self._channel, DeliveryOutcome.IN_PROGRESS, None)
        except KamSyncError as error:
            self._books.finish(current, DeliveryState.FAILED, str(error))
            return _delivery(parcel, self._channel, DeliveryOutcome.FAILED, self._settings.clock.now(), str(error))
        if arrival is Arrival.UNCERTAIN:
            self._books.finish(current, DeliveryState.UNCERTAIN, UNCERTAIN)
            return _delivery(parcel, self._channel, DeliveryOutcome.UNCERTAIN, self._settings.clock.now(), UNCERTAIN)
        self._books.finish(current, DeliveryState.SENT)
        return _delivery(parcel, self._channel, DeliveryOutcome.SENT, self._settings.clock.now())
