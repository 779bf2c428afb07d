"""A real mail server on this machine, with and without TLS, that answers as a test wants."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PASSWORD = "l'Éclair-42"


@dataclass
class MailServer:
    """What arrived, and how the server answers; `drop` closes the connection instead of answering to that command."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    connections: int = 0
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    drop: str = ""

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.drop == "RCPT":
            return self._dropped(server)
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        if self.data:
            return self.data.pop(0)
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        self.recipients.append(list(envelope.rcpt_tos))
        return self._dropped(server) if self.drop == "DATA" else "250 Taken"

    def _dropped(self, server: SMTP) -> str:
        self.drop = ""
        assert isinstance(server.transport, asyncio.Transport)
        server.transport.abort()
        return "421 gone"


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, starttls: bool = True, password: str = ""
) -> Iterator[MailServer]:
    """Run a server; with a context it offers STARTTLS, or speaks TLS from the first byte; a password is then wanted."""
    state = MailServer()
    loop = asyncio.new_event_loop()

    def authenticated(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=login.password == password.encode(), handled=False)

    def protocol() -> SMTP:
        return SMTP(
            state,
            hostname="mail.example",
            loop=loop,
            tls_context=tls if starttls else None,
            require_starttls=tls is not None and starttls,
            authenticator=authenticated if password else None,
            auth_required=bool(password),
        )

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    plain = tls is None or starttls
    serving = loop.create_server(protocol, "127.0.0.1", 0, ssl=None if plain else tls)
    server = asyncio.run_coroutine_threadsafe(serving, loop).result(timeout=20)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        asyncio.run_coroutine_threadsafe(_stop(server), loop).result(timeout=20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=20)
        loop.close()


async def _stop(server: asyncio.Server) -> None:
    server.close()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def self_made(folder: Path, *, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """Return a server's context with a certificate made here, and the file in which it stands."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, path
