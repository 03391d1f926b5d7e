"""The door that mail comes in by: SMTP or LMTP, behind the deployment's own mail server.

A mail is answered with 250 only once it is committed. What is not for us is refused before its text is sent, so that the
server in front tells its sender, and we never write to an address that nobody has proven.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from functools import partial
from typing import Any

import anyio.to_thread
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from api.mail_in.addresses import Target, mail_host, read_address, signed_for
from api.mail_in.receiving import Refused, receive
from api.mail_in.threads import recipients_of
from api.services import Services
from api.settings import Settings, SettingsError

log = logging.getLogger(__name__)

# The port may be somebody else's, for now: another process of the api on this machine, which then takes the mail.
TRY_AGAIN_SECONDS = 30.0
# Each may hold one mail of the largest size in memory.
MOST_CONNECTIONS = 20
MOST_REFUSED_RECIPIENTS = 20
IDLE_SECONDS = 120
# A command that is sent more often than this in one connection is no mail server's.
_CALLS = {"MAIL": 200, "RCPT": 2000, "DATA": 200, "RSET": 400, "NOOP": 200, "HELO": 5, "EHLO": 5, "LHLO": 5, "*": 20}
_LATER = "451 4.3.0 Not now: try again later"


class MailListener:
    """Takes mail in until told to stop."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings
        self._server: asyncio.Server | None = None
        self._connections: set[int] = set()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        assert self._server is not None  # noqa: S101
        return int(self._server.sockets[0].getsockname()[1])

    async def run(self, stop: asyncio.Event) -> None:
        """Listen until `stop` is set. A port that is taken is tried again; port 0 in the settings: nothing is done."""
        wanted = self._settings.mail_in
        if not wanted.port:
            log.info("No mail is taken in (COPILOT_MAIL_IN__PORT is 0).")
            return
        said = False
        while not stop.is_set():
            try:
                await self.start()
                break
            except SettingsError as error:
                log.error("No mail is taken in: %s", error)
                return
            except OSError as error:
                if not said:
                    log.warning(
                        "Mail cannot be taken in on %s:%s (%s): set COPILOT_MAIL_IN__PORT to a free port, or to 0. "
                        "Everything else works; trying again every %.0f s.",
                        wanted.host, wanted.port, error.strerror, TRY_AGAIN_SECONDS,
                    )  # fmt: skip
                said = True
                try:
                    await asyncio.wait_for(stop.wait(), TRY_AGAIN_SECONDS)
                except TimeoutError:
                    continue
        await stop.wait()
        await self.close()

    async def start(self, port: int | None = None) -> None:
        """Listen from now on; `port` in place of the settings' (0: any free one). Raises `OSError`, `SettingsError`."""
        wanted = self._settings.mail_in
        make = partial(self._connection, _tls(self._settings))
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(make, wanted.host, wanted.port if port is None else port)
        log.info("Mail is taken in on %s:%s (%s).", wanted.host, self.port, wanted.protocol)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _connection(self, tls: ssl.SSLContext | None) -> SMTP:
        wanted = self._settings.mail_in
        kind = _Lmtp if wanted.protocol == "lmtp" else _Smtp
        return kind(
            _Handler(self._services),
            self._connections,
            hostname=mail_host(self._settings),
            ident="mail",
            data_size_limit=wanted.max_megabytes * 1_000_000,
            enable_SMTPUTF8=False,
            timeout=IDLE_SECONDS,
            command_call_limit=_CALLS,
            tls_context=tls,
        )


class _Counted(SMTP):
    """A connection that is turned away where too many are open."""

    # The standard allows 1,000; pasted logs and HTML of some programs have longer lines.
    line_length_limit = 100_000

    def __init__(self, handler: _Handler, connections: set[int], **options: Any) -> None:
        super().__init__(handler, **options)
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._connections) >= MOST_CONNECTIONS and isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Too many connections: try again later\r\n")
            transport.close()
            return
        self._connections.add(id(self))
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if id(self) in self._connections:
            self._connections.discard(id(self))
            super().connection_lost(error)


class _Smtp(_Counted):
    pass


class _Lmtp(_Counted, LMTP):
    pass


class _Handler:
    """What aiosmtpd asks of a server: which recipients, and what becomes of the text."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._settings = services.settings
        self._refused = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._refused >= MOST_REFUSED_RECIPIENTS:
            return "421 4.7.0 Too many recipients that are not here"
        if len(envelope.rcpt_tos) >= self._settings.mail_in.max_recipients:
            return "452 4.5.3 Too many recipients"
        if len(address) > 254 or not await self._ours(address):
            self._refused += 1
            return "550 5.1.1 There is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        mail_from = envelope.mail_from or ""
        replies = [await self._take(raw, mail_from, each) for each in dict.fromkeys(envelope.rcpt_tos)]
        if isinstance(server, LMTP):
            # One answer a recipient (RFC 2033), also for one that was named twice.
            of = dict(zip(dict.fromkeys(envelope.rcpt_tos), replies, strict=True))
            return "\r\n".join(of[each] for each in envelope.rcpt_tos)
        # SMTP has one answer for all: brought again, a mail is found where it was taken already.
        for kind in ("4", "2"):
            for reply in replies:
                if reply.startswith(kind):
                    return reply
        return replies[0]

    async def handle_exception(self, error: Exception) -> str:
        log.error("The conversation with a mail server failed: %s", type(error).__name__)
        return _LATER

    async def _ours(self, address: str) -> bool:
        target = read_address(self._settings, address)
        if target is None:
            return False
        return target.kind != "reply" or await anyio.to_thread.run_sync(self._signed, target)

    def _signed(self, target: Target) -> bool:
        with self._services.database.read() as session:
            return signed_for(self._settings, target, recipients_of(session, target.ticket_id or 0)) is not None

    async def _take(self, raw: bytes, mail_from: str, recipient: str) -> str:
        try:
            return await anyio.to_thread.run_sync(receive, self._services, raw, mail_from, recipient)
        except Refused as error:
            return error.reply
        except Exception as error:
            # No word of the mail, nor an address, belongs into the log.
            log.error(
                "A mail could not be taken in: %s", type(error).__name__, exc_info=log.isEnabledFor(logging.DEBUG)
            )
            return _LATER


def _tls(settings: Settings) -> ssl.SSLContext | None:
    wanted = settings.mail_in
    if wanted.tls_certificate is None:
        return None
    context: Any = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(wanted.tls_certificate, wanted.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"COPILOT_MAIL_IN__TLS_CERTIFICATE cannot be used: {error}") from error
    return context  # type: ignore[no-any-return]


# It logs addresses at INFO, which are personal data.
logging.getLogger("mail.log").setLevel(logging.WARNING)
