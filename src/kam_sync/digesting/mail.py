"""Digests by e-mail: the message, and the dialogue with a mail server up to the moment from which there is no way back.

A server answers for a message after its last line (RFC 5321, 4.2.5): before that it certainly has not taken it, and
when that answer is lost nobody knows.
"""

from __future__ import annotations

import base64
import re
import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import ClassVar, Final

from kam_sync.clock import Clock
from kam_sync.config.digest import MailSecurity, SmtpChannel
from kam_sync.digesting.building import Digest
from kam_sync.digesting.channels import Arrival, Begin, Parcel
from kam_sync.digesting.html import as_html
from kam_sync.digesting.plain import as_text
from kam_sync.errors import DeliveryError, TransientError
from kam_sync.escaping import one_line
from kam_sync.mailbox import Mailbox, is_address

TIMEOUT: Final = 60.0
"""Seconds to wait for the server's next word."""
_OK: Final = 250
_LOGGED_IN: Final = 235
_FORWARDED: Final = 251
_GO_ON: Final = 354
_LASTING: Final = 500
_LOGIN: Final = frozenset({530, 534, 535, 538})
"""Answers about the login (RFC 4954)."""


class MailCarrier:
    """Carries digests by a mail server, over one connection for all of them.

    Args:
        channel: The channel as the policy has it.
        clock: Dates the messages.
        name: The channel's name, for messages.
    """

    repeatable: ClassVar[bool] = False

    def __init__(self, channel: SmtpChannel, clock: Clock, name: str) -> None:
        self._channel = channel
        self._clock = clock
        self._name = name
        self._server: smtplib.SMTP | None = None

    def recipients(self, digest: Digest) -> tuple[str, ...]:
        """Return the addresses a digest goes to: the person's own, or those that get the portfolio's."""
        if digest.is_portfolio:
            return tuple(dict.fromkeys(self._channel.to))
        return (digest.address,) if digest.address is not None and is_address(digest.address) else ()

    def carry(self, parcel: Parcel, begin: Begin) -> Arrival:
        """Send a message; see Carrier."""
        content = message(parcel, self._channel.mailbox, self._clock).as_bytes(policy=SMTP)
        try:
            server = self._connected()
            self._announce(server, parcel.recipient)
            return self._send(server, content, begin)
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise self._refused(error.smtp_code) from None
        except ssl.SSLCertVerificationError as error:
            self._drop()
            raise DeliveryError(
                f"the certificate of {self._name}'s mail server cannot be trusted ({error.verify_message}); see `host`"
            ) from None
        except smtplib.SMTPNotSupportedError:
            self._drop()
            raise DeliveryError(
                f"{self._name}'s mail server does not support what the policy asks for; see `security` and `username`"
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise TransientError(f"{self._name}'s mail server cannot be reached ({type(error).__name__})") from None

    def close(self) -> None:
        """Take leave of the server, if there is a connection."""
        if self._server is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._server.quit()
        self._drop()

    def _drop(self) -> None:
        """Give up the connection without a word: in the middle of a message any word would belong to it."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _connected(self) -> smtplib.SMTP:
        if self._server is not None:
            return self._server
        channel = self._channel
        context = ssl.create_default_context()
        if channel.security is MailSecurity.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(channel.host, channel.server_port, timeout=TIMEOUT, context=context)
        else:
            server = smtplib.SMTP(channel.host, channel.server_port, timeout=TIMEOUT)
        self._server = server
        server.ehlo_or_helo_if_needed()
        if channel.security is MailSecurity.STARTTLS:
            server.starttls(context=context)
            server.ehlo()
        if channel.username is not None and channel.password is not None:
            _log_in(server, channel.username, channel.password.get_secret_value())
        return server

    def _announce(self, server: smtplib.SMTP, recipient: str) -> None:
        """Say from whom and to whom, and ask to begin; nothing has left yet."""
        _require(server.mail(self._channel.mailbox.address), _OK)
        _require(server.rcpt(recipient), _OK, _FORWARDED)
        _require(server.docmd("DATA"), _GO_ON)

    def _send(self, server: smtplib.SMTP, content: bytes, begin: Begin) -> Arrival:
        """Send the message itself; from its last line on only the server's answer tells whether it arrived."""
        try:
            begin()
        except BaseException:
            self._drop()  # without the last line the server throws away what it has
            raise
        try:
            server.send(re.sub(rb"(?m)^\.", b"..", content).rstrip(b"\r\n") + b"\r\n.\r\n")
            code, _ = server.getreply()
        except (OSError, smtplib.SMTPException):
            self._drop()
            return Arrival.UNCERTAIN
        _require((code, b""), _OK)
        return Arrival.ARRIVED

    def _refused(self, code: int) -> DeliveryError | TransientError:
        """Return the error for a server's no."""
        text = f"{self._name}'s mail server answered with {code}"
        if code < _LASTING:
            return TransientError(text)
        hint = "see `username` and `password`" if code in _LOGIN else "see whether it may send to this address"
        return DeliveryError(f"{text}; {hint}")


def _log_in(server: smtplib.SMTP, username: str, password: str) -> None:
    """Log in; the standard library knows ASCII only, so that other characters go the way of RFC 4616."""
    if (username + password).isascii():
        server.login(username, password)
        return
    if "PLAIN" not in server.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError
    secret = base64.b64encode(f"\0{username}\0{password}".encode()).decode()
    _require(server.docmd("AUTH", f"PLAIN {secret}"), _LOGGED_IN)


def _require(answer: tuple[int, bytes], *expected: int) -> None:
    """Go on only after an expected answer; its words may quote an address, so they are dropped at once."""
    if answer[0] not in expected:
        raise smtplib.SMTPResponseException(answer[0], b"")


def message(parcel: Parcel, sender: Mailbox, clock: Clock) -> EmailMessage:
    """Return a digest as a message, plain text first and HTML as its alternative.

    Its Message-ID is the same whenever it is sent again, so that mailboxes recognise it; it says that no person wrote
    it (RFC 3834), so that nothing answers it.
    """
    built = EmailMessage(policy=SMTP)
    built["From"] = Address(display_name=one_line(sender.name), addr_spec=sender.address)
    built["To"] = Address(display_name=one_line(parcel.digest.name), addr_spec=parcel.recipient)
    built["Subject"] = parcel.document.title
    built["Date"] = format_datetime(clock.now())
    built["Message-ID"] = f"<{parcel.digest.period.name}.{parcel.id}@{sender.address.rpartition('@')[2]}>"
    built["Auto-Submitted"] = "auto-generated"
    built["X-Auto-Response-Suppress"] = "All"
    built.set_content(as_text(parcel.document), cte="quoted-printable")
    built.add_alternative(as_html(parcel.document), subtype="html", cte="quoted-printable")
    return built
