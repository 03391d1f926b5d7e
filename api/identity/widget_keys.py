"""Widget keys: which site a widget may stand on. The demo key serves development only."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.errors import Forbidden, Invalid, NotFound
from api.identity.models import WidgetKey
from api.identity.tokens import WIDGET_KEY_PREFIX, new_token
from api.settings import Settings

DEMO_KEY = "wk_demo"
CHANNELS = ("widget", "admin", "helpcenter")


def resolve_widget_key(
    session: Session, key: str | None, origin: str | None, settings: Settings, *, channel: str | None = None
) -> WidgetKey:
    """The key that a conversation is opened with. No key means the demo key, in development only.

    Raises `Forbidden`: ``widget_key`` (unknown, switched off, or none given in production), ``widget_origin`` (the page
    stands elsewhere), ``widget_channel``. Our own pages and programs, which send no Origin, may use any active key:
    an origin is a browser's promise, and a program could write any.
    """
    if key is None and settings.production:
        raise Forbidden(
            "A widget key is needed: `copilot widget-keys create --origin https://shop.example`.", code="widget_key"
        )
    wanted = key or DEMO_KEY
    if not wanted.isascii() or not wanted.isprintable():
        raise Forbidden("This is no widget key.", code="widget_key")
    row = ensure_demo_key(session) if wanted == DEMO_KEY and not settings.production else session.get(WidgetKey, wanted)
    if row is None or not row.active or (settings.production and row.key == DEMO_KEY):
        raise Forbidden("This widget key is unknown or was switched off.", code="widget_key")
    if origin is not None and not origin_allowed(row, origin, settings):
        raise Forbidden(
            f"This widget key may not be used on {origin}: add it with `copilot widget-keys`.", code="widget_origin"
        )
    if channel is not None and row.channels and channel not in row.channels:
        raise Forbidden(f"This widget key is not for the channel {channel}.", code="widget_channel")
    return row


def origin_allowed(key: WidgetKey, origin: str, settings: Settings) -> bool:
    """Whether a page of this origin may use the key."""
    return "*" in key.origins or origin in key.origins or origin == settings.public_url


def allowed_origins(session: Session) -> set[str]:
    """Every origin of an active key, for CORS; ``*`` may be among them (development's demo key)."""
    return {origin for key in session.scalars(select(WidgetKey).where(WidgetKey.active)) for origin in key.origins}


def ensure_demo_key(session: Session) -> WidgetKey:
    """The demo key, made where it is missing. Call it in development only."""
    row = session.get(WidgetKey, DEMO_KEY)
    if row is None:
        row = WidgetKey(key=DEMO_KEY, name="Demo", origins=["*"], channels=[], active=True)
        session.add(row)
        session.flush()
    return row


def create_widget_key(session: Session, *, name: str, origins: list[str], channels: list[str]) -> WidgetKey:
    """A new key for some origins. Raises `Invalid` for what is no origin (scheme, host and port, nothing more)."""
    if not origins:
        raise Invalid("A widget key needs at least one origin, like https://shop.example.", code="origin_invalid")
    unknown = [channel for channel in channels if channel not in CHANNELS]
    if unknown:
        raise Invalid(f"There is no channel {unknown[0]!r}: choose from {', '.join(CHANNELS)}.", code="channel_invalid")
    row = WidgetKey(
        key=new_token(WIDGET_KEY_PREFIX)[:32],
        name=name,
        origins=[normalise_origin(origin) for origin in origins],
        channels=list(channels),
        active=True,
    )
    session.add(row)
    session.flush()
    return row


def switch_off_widget_key(session: Session, key: str) -> WidgetKey:
    """Switch a key off. Raises `NotFound`."""
    row = session.get(WidgetKey, key)
    if row is None:
        raise NotFound(f"There is no widget key {key!r}: see `copilot widget-keys list`.")
    row.active = False
    return row


def normalise_origin(text: str) -> str:
    """``https://Shop.example/`` as ``https://shop.example``. Raises `Invalid` (``origin_invalid``)."""
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError:
        port = -1
    wrong = parts.path not in ("", "/") or parts.query or parts.fragment or parts.username or port == -1
    if parts.scheme not in ("http", "https") or not parts.hostname or wrong:
        raise Invalid(
            f"{text!r} is no origin: write scheme, host and port, like https://shop.example.", code="origin_invalid"
        )
    standard = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, standard) else "")
