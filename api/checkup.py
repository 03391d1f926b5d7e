"""What is weak in an installation, each point with its cure: what `copilot doctor` says and production's start insists on."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from api.database import Database
from api.identity.accounts import FIRST_ADMIN
from api.identity.models import ApiToken, StaffUser, WidgetKey
from api.identity.widget_keys import DEMO_KEY
from api.settings import PROJECT_ROOT, Settings, weakness_of_secret
from api.web.security import PAGE_POLICY

LOOPBACK = ("127.0.0.1", "::1", "localhost")
# What guards the doors; the rest of the set is checked by its hashes when it is installed.
_GUARDS = (
    "argon2-cffi",
    "authlib",
    "cryptography",
    "fastapi",
    "joserfc",
    "nh3",
    "pillow",
    "pyjwt",
    "starlette",
    "uvicorn",
)


@dataclass(frozen=True)
class Finding:
    """One weak point. `weak`: the set-up is not blessed; `note`: worth knowing, and may be meant."""

    problem: str
    cure: str
    weight: Literal["weak", "note"] = "weak"


def weak_points(settings: Settings) -> Iterator[Finding]:
    """What holds in every mode, then what production needs, in the order of weight."""
    yield from _secrets(settings)
    yield from _files(settings)
    yield from _model(settings)
    yield from _versions()
    if settings.production:
        yield from _addresses(settings)
        yield from _mail(settings)
        yield from _database(settings)
        yield from _people(settings)


def _secrets(settings: Settings) -> Iterator[Finding]:
    given = {name: getattr(settings, name).get_secret_value() for name in ("secret_key", "gateway_secret")}
    for name, value in given.items():
        weakness = weakness_of_secret(value)
        if weakness:
            cure = f"set COPILOT_{name.upper()} to what `openssl rand -base64 32` writes"
            yield Finding(f"{name} {weakness}", cure)
    if given["secret_key"] == given["gateway_secret"]:
        yield Finding(
            "secret_key and gateway_secret are the same",
            "give COPILOT_GATEWAY_SECRET a value of its own: Rasa knows it",
        )
    if not settings.production:
        return
    kept = settings.var / "secrets.json"
    if kept.exists() and set(json.loads(kept.read_text(encoding="utf-8")).values()) & set(given.values()):
        yield Finding("the secrets are those made for development", f"make new ones, and delete {kept}")
    for kid, key in settings.host_jwt_keys.items():
        wrong = "is the demo's" if kid == "demo" else _weakness_of_host_key(key)
        if wrong:
            cure = "use an Ed25519 public key in PEM, or 32 random characters or more, in COPILOT_HOST_JWT_KEYS"
            yield Finding(f"the host key {kid!r} {wrong}", cure)
    if len(settings.host_jwt_keys) > 2:
        yield Finding(
            f"{len(settings.host_jwt_keys)} host keys are active",
            "keep the one in use and the one before it in COPILOT_HOST_JWT_KEYS",
        )
    oidc = settings.oidc
    if oidc.issuer and not oidc.issuer.startswith("https://"):
        yield Finding("the OpenID provider is not asked by https", "set COPILOT_OIDC__ISSUER to its https address")
    if oidc.issuer and weakness_of_secret(oidc.client_secret.get_secret_value(), shortest=16):
        yield Finding("the OpenID client's secret is weak", "let the provider make one for COPILOT_OIDC__CLIENT_SECRET")


def _weakness_of_host_key(key: str) -> str | None:
    if "-----BEGIN" not in key:
        return weakness_of_secret(key)
    try:
        public = load_pem_public_key(key.encode())
    except (ValueError, UnsupportedAlgorithm):
        return "is no PEM public key"
    return None if isinstance(public, Ed25519PublicKey) else "is no Ed25519 key"


def _addresses(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url.startswith("https://"):
        yield Finding(
            "the public address is not https: browsers drop the sign-in cookies",
            "set COPILOT_PUBLIC_URL to the https address that customers use",
        )
    if settings.host not in LOOPBACK:
        yield Finding(
            f"the api listens on {settings.host}, where it speaks plain http",
            "set COPILOT_HOST=127.0.0.1 and put your TLS proxy in front, unless the network between is yours alone",
            "note",
        )
    if settings.rasa.host not in LOOPBACK:
        yield Finding("the dialogue process is reachable from outside", "set COPILOT_RASA__HOST to 127.0.0.1")
    if settings.production and settings.rasa.cage != "required":
        yield Finding(
            "the dialogue process starts without its cage where the system has none",
            "set COPILOT_RASA__CAGE=required, unless a container or systemd holds it",
            "note",
        )
    if settings.production and settings.host in LOOPBACK and not settings.limits.trusted_proxies:
        yield Finding(
            "nobody behind your proxy is limited: all customers seem to come from this machine",
            "set COPILOT_LIMITS__TRUSTED_PROXIES to your proxy's address, 127.0.0.1 where it runs here",
        )
    if "frame-ancestors 'none'" not in PAGE_POLICY:
        yield Finding(
            "our pages may be framed by other sites", "put frame-ancestors 'none' back into api/web/security.py"
        )
    if settings.api.rate_limit == 0:
        yield Finding("/api/v2 has no rate limit", "set COPILOT_API__RATE_LIMIT to 6000 or what your programs need")
    if settings.webhooks.allow_private:
        yield Finding(
            f"webhooks may reach {', '.join(settings.webhooks.allow_private)}",
            "empty COPILOT_WEBHOOKS__ALLOW_PRIVATE unless you listen there",
            "note",
        )
    if settings.log_level.upper() == "DEBUG":
        yield Finding("the log level is DEBUG, which writes what customers say", "set COPILOT_LOG_LEVEL=INFO")


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.mail.host:
        yield Finding("mail is kept instead of sent", "set COPILOT_MAIL__HOST and its companions")
    elif not settings.mail.starttls and settings.mail.host not in LOOPBACK:
        yield Finding("mail, codes included, leaves in plain text", "set COPILOT_MAIL__STARTTLS=true")
    if settings.mail.sender.endswith("@localhost>"):
        yield Finding("mail is sent from localhost", "set COPILOT_MAIL__SENDER to an address of your domain")
    if settings.mail_in.port and settings.mail_in.host not in LOOPBACK and settings.mail_in.tls_certificate is None:
        yield Finding(
            "mail comes in from the network in plain text", "set COPILOT_MAIL_IN__HOST=127.0.0.1, or a certificate"
        )
    if settings.mail_in.port and not settings.mail_in.trusted_authserv:
        yield Finding(
            "nobody's DMARC results are believed: a forged sender cannot be told from a real one",
            "set COPILOT_MAIL_IN__TRUSTED_AUTHSERV to the name that your mail server writes, or COPILOT_MAIL_IN__PORT=0",
            "note",
        )


def _database(settings: Settings) -> Iterator[Finding]:
    url = make_url(settings.database.url)
    if url.get_backend_name() == "sqlite":
        return
    local = url.host in (None, "", *LOOPBACK) or str(url.host).startswith("/")
    if not local and str(url.query.get("sslmode", "")) not in ("require", "verify-ca", "verify-full"):
        yield Finding("the database is asked without TLS", "add ?sslmode=verify-full to COPILOT_DATABASE__URL")
    if not local and not url.password:
        yield Finding("the database lets the api in without a password", "give its user one in COPILOT_DATABASE__URL")
    if url.username == "postgres":
        yield Finding(
            "the api is the database's superuser", "make a user that owns the copilot's database, and nothing else"
        )


def _people(settings: Settings) -> Iterator[Finding]:
    if not settings.oidc.issuer:
        yield Finding(
            "staff sign in with a password alone, without a second factor",
            "set COPILOT_OIDC__ISSUER to your company's provider, which has one (docs/security.md)",
            "note",
        )
    elif not settings.oidc.required:
        yield Finding("staff may pass the provider by with a password", "set COPILOT_OIDC__REQUIRED=true", "note")
    path = make_url(settings.database.url).database
    if settings.database.url.startswith("sqlite") and not (path and Path(path).exists()):
        return
    database = Database(settings.database.url)
    try:
        with database.read() as session:
            keys = list(session.scalars(select(WidgetKey).where(WidgetKey.active)))
            first = session.scalar(select(StaffUser).where(StaffUser.email == FIRST_ADMIN, StaffUser.active))
            mighty = session.scalars(
                select(ApiToken).where(ApiToken.revoked_at.is_(None), ApiToken.staff_id.is_not(None))
            )
            unscoped = [token.id for token in mighty if not token.scopes]
    except SQLAlchemyError as error:
        yield Finding(
            f"the database does not answer ({type(error).__name__})", "see COPILOT_DATABASE__URL, then `copilot up`"
        )
        return
    finally:
        database.close()
    for key in keys:
        if key.key != DEMO_KEY and "*" in key.origins:
            yield Finding(
                f"the widget key {key.key} works on every site", "make one with --origin and switch this one off"
            )
        for origin in key.origins:
            if origin.startswith("http://"):
                yield Finding(f"the widget key {key.key} is for {origin}, which is not https", "make one for https")
    if first is not None:
        yield Finding(f"{FIRST_ADMIN} is still an admin", "make one with a real address, then switch this one off")
    if unscoped:
        listed = ", ".join(map(str, unscoped[:10]))
        yield Finding(
            f"staff's API tokens without scopes may do all that their accounts may: {listed}",
            "make them anew with `copilot tokens create --scope read`, and revoke these",
            "note",
        )


def _files(settings: Settings) -> Iterator[Finding]:
    if sys.platform == "win32":
        return
    secrets = [settings.var / "secrets.json"]
    kept = [settings.var] if settings.production else []
    for path in [*secrets, *kept, *(settings.var.glob("*.db*") if settings.production else ())]:
        if path.exists() and (mode := stat.S_IMODE(path.stat().st_mode)) & 0o077:
            right = "700" if path.is_dir() else "600"
            yield Finding(f"others on this machine may read {path} (mode {mode:o})", f"chmod {right} {path}")
    models = settings.var / "models"
    for path in (models, *models.glob("*")):
        if path.exists() and path.stat().st_mode & 0o022:
            yield Finding(f"others may replace {path}, which Rasa loads", f"chmod go-w {path}")
    if settings.production and hasattr(os, "geteuid") and os.geteuid() == 0:
        yield Finding("this runs as root", "run it as a user of its own that owns nothing but var", "note")


def _model(settings: Settings) -> Iterator[Finding]:
    model, said = settings.var / "models" / "copilot.tar.gz", settings.var / "models" / "model.json"
    if not model.exists() or not said.exists():
        return
    with model.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if json.loads(said.read_text(encoding="utf-8")).get("model_sha256") != digest:
        yield Finding("the dialogue model is not the one that was trained here", "run `copilot train`")


def _versions() -> Iterator[Finding]:
    pinned = dict(re.findall(r"(?m)^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", _pins()))
    for name in _GUARDS:
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found = "missing"
        if name in pinned and found != pinned[name]:
            yield Finding(f"{name} is {found}, and {pinned[name]} was tested", "run `make setup`")


def _pins() -> str:
    path = PROJECT_ROOT / "requirements" / "main.txt"
    return path.read_text(encoding="utf-8") if path.exists() else ""
