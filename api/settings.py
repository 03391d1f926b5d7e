"""Settings of the api, the supervisor and the command line, read once at the entry point and passed down.

Every value can be given in the environment with the prefix ``COPILOT_`` and ``__`` between levels, for instance
``COPILOT_DATABASE__URL``. Nothing here is read at import time.
"""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import zoneinfo
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.abuse.proxies import networks

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class DatabaseSettings(BaseModel):
    url: str = Field("", description="SQLAlchemy URL. Empty: SQLite at <var>/copilot.db.")


class RasaSettings(BaseModel):
    host: str = Field("127.0.0.1", description="Where the dialogue process listens. Keep it on loopback.")
    port: int = Field(5005, ge=1, le=65535, description="Port of the dialogue process.")
    timeout: float = Field(30.0, gt=0, description="Seconds that one turn may take before it counts as failed.")
    cage: Literal["auto", "required", "off"] = Field(
        "auto",
        description="Whether the dialogue process is held to its own files and ports (Landlock): where the system can, "
        "or not started without, or never.",
    )
    memory: int = Field(
        1000,
        ge=0,
        description="Megabytes that the dialogue process may use; beyond, it is started again. It needs about 250, and "
        "600 with a neural pipeline. 0: no limit.",
    )

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


class ActionsSettings(BaseModel):
    port: int = Field(5055, ge=1, le=65535, description="Port of the action server, on loopback.")


class KbSettings(BaseModel):
    source: Path | None = Field(
        None, description="One folder of articles (<locale>/**/*.md) in place of the declared sources."
    )
    sources: Path | None = Field(
        None, description="The file that declares the sources of articles. Empty: <data>/help_center/sources.yml."
    )
    sync_every: int = Field(
        900,
        ge=0,
        description="Seconds after which the api looks for changed articles again; folders on its disk are looked at all "
        "the time. 0: only `copilot kb sync` does.",
    )
    index: Path | None = Field(None, description="Index directory. Empty: <var>/index.")
    model: str = Field(
        "",
        description="Encoder in place of the bundled one: a folder, `owner/model` or `owner/model@revision` of a hub "
        "(any sentence-transformers model). The index is to be built again.",
    )
    reranker: str = Field(
        "", description="Cross-encoder that reads the best 30 passages again, named like the encoder. Empty: none."
    )
    precision: float = Field(
        0.9,
        ge=0.5,
        le=0.99,
        description="Share of confident answers that has to be right. It decides when the copilot answers, when it asks "
        "one clarifying question, and when it offers a person at once.",
    )
    vectors: str = Field(
        "faiss",
        description="Where the vectors of passages are kept: `faiss` (in the index directory, searched in memory) or the "
        "URL of a PostgreSQL with pgvector 0.8 or newer, `postgresql://user:password@host/name`.",
    )


class MailSettings(BaseModel):
    host: str = Field("", description="SMTP server. Empty: mail is kept in the database, see `copilot mail list`.")
    port: int = Field(587, description="SMTP port.")
    username: str = Field("", description="SMTP user name, where the server asks for one.")
    password: SecretStr = Field(SecretStr(""), description="SMTP password.")
    starttls: bool = Field(True, description="Upgrade the connection with STARTTLS.")
    sender: str = Field("Support <support@localhost>", description="From header of every mail.")


class MailInSettings(BaseModel):
    port: int = Field(
        8025,
        ge=0,
        le=65535,
        description="Port on which mail is taken in (answers to our mail, and new tickets). 0: none is, and our mail has no "
        "reply address of its own. Where the port is taken, the api goes on without it and tries again.",
    )
    host: str = Field(
        "127.0.0.1", description="Address that mail is taken in on. Keep it on loopback, behind your mail server."
    )
    protocol: Literal["smtp", "lmtp"] = Field("smtp", description="What your mail server speaks to us: smtp or lmtp.")
    address: str = Field("", description="Address of support that mail comes to. Empty: that of COPILOT_MAIL__SENDER.")
    delimiter: Literal["+", "-", "_", "="] = Field(
        "+", description="What stands between the address and its detail (Postfix: recipient_delimiter)."
    )
    unknown_senders: Literal["quarantine", "open", "refuse"] = Field(
        "quarantine",
        description="Mail to the plain address of support from somebody who is no customer yet: kept for staff to look at, "
        "opened as a ticket, or refused with the address of the portal.",
    )
    max_megabytes: int = Field(30, ge=1, le=200, description="Largest mail that is taken in, its files included.")
    max_recipients: int = Field(20, ge=1, le=1000, description="Most recipients of ours in one delivery.")
    per_sender: int = Field(60, ge=1, description="Mails that one sender may write in an hour; more are asked to wait.")
    trusted_authserv: str = Field(
        "",
        description="Name under which your mail server writes Authentication-Results. Mail that fails DMARC there is kept "
        "for staff to look at. Empty: nobody's are believed.",
    )
    tls_certificate: Path | None = Field(None, description="PEM file: mail is taken in with STARTTLS.")
    tls_key: Path | None = Field(None, description="PEM file of the key of COPILOT_MAIL_IN__TLS_CERTIFICATE.")


class ChatSettings(BaseModel):
    idle_nudge: int = Field(
        600,
        ge=0,
        description="Seconds of silence after which a customer who left a question unanswered is asked once more. 0: never.",
    )
    idle_close: int = Field(
        3600,
        ge=0,
        description="Seconds of silence after which the copilot says that it will go on whenever the customer writes; who "
        "comes back after that is told what was gathered. 0: never.",
    )


class AlertLevel(BaseModel):
    """Whom one level of escalation tells."""

    mail: list[str] = Field(default_factory=list)
    webhook: str = ""

    @model_validator(mode="after")
    def _somebody(self) -> AlertLevel:
        if not self.mail and not self.webhook:
            raise ValueError("a level of escalation tells nobody: give it mail, a webhook or both")
        return self


class ApiSettings(BaseModel):
    rate_limit: int = Field(
        6000,
        ge=0,
        description="Requests a minute that one token, session or anonymous address may send to `/api/v2`; what is more gets "
        "429 with `Retry-After`. Counted in each process. 0: no limit.",
    )


class AlertSettings(BaseModel):
    mail_to: list[str] = Field(
        default_factory=list,
        description="JSON list of addresses that are told of an emergency ticket at once. Empty: every lead and admin. "
        "With `COPILOT_ALERTS__LEVELS` set it is not read.",
    )
    levels: list[AlertLevel] = Field(
        default_factory=list,
        description='JSON list of the levels of escalation, first contact first: `[{"mail": ["a@b.example"], "webhook": '
        '"https://..."}, ...]`. A level may have mail, a webhook or both.',
    )
    secret: SecretStr = Field(
        SecretStr(""),
        description="Signs the alerts' webhooks: `whsec_` and 24 bytes or more in base64. Empty: one is computed from the "
        "secret key; `copilot alerts secret` shows it.",
    )
    repeat: int = Field(300, ge=5, description="Seconds after which an alert that nobody acknowledged is told again.")
    escalate_after: int = Field(
        900, ge=5, description="Seconds after which the next level is told as well, while nobody acknowledges."
    )
    group_within: int = Field(
        3600,
        ge=0,
        description="Seconds after an outage ticket in which another one counts as of the same outage. Each still alerts.",
    )


class WebhookSettings(BaseModel):
    allow_private: list[str] = Field(
        default_factory=list,
        description="JSON list of private networks (`10.1.0.0/16`) that webhooks may reach in production, by http as well. "
        "Development reaches this machine and private networks anyhow.",
    )
    keep_days: int = Field(30, ge=1, description="Days for which the log of finished deliveries is kept.")

    @field_validator("allow_private")
    @classmethod
    def _networks(cls, given: list[str]) -> list[str]:
        for each in given:
            ipaddress.ip_network(each)
        return given


class FileSettings(BaseModel):
    total_megabytes: int = Field(
        100,
        ge=1,
        description="Megabytes that all files of one conversation may have together, and all uploads of one account that "
        "no comment has used yet. What one file may have, and how many a ticket or a comment takes at once, stands in "
        "the catalog.",
    )
    upload_expires: int = Field(3600, ge=60, description="Seconds for which an upload token may be used in a comment.")
    keep_unused_days: int = Field(
        30, ge=1, description="Days after which a file of a conversation is deleted that no ticket has taken."
    )


class ZendeskSettings(BaseModel):
    url: str = Field("", description="Address of your Zendesk: `https://company.zendesk.com`.")
    email: str = Field("", description="Address of the Zendesk account that we act as; it has to be an admin.")
    token: SecretStr = Field(SecretStr(""), description="API token of that account.")
    fields: dict[str, int | str] = Field(
        default_factory=dict,
        description='JSON object of our field id -> Zendesk field id: `{"category": 360001, "impact": 360002}`. What has '
        "options and is not named here becomes a tag, `category_incident`; what was typed becomes an internal note.",
    )
    tags: list[str] = Field(
        default_factory=lambda: ["support_copilot"], description="JSON list of tags that every ticket gets there."
    )
    poll: int = Field(60, ge=10, description="Seconds between two looks at what changed there.")
    timeout: float = Field(30.0, gt=0, description="Seconds that an answer may take.")
    reserve: int = Field(
        10, ge=0, description="Requests of a minute that are left to others: with so few remaining we wait."
    )

    @field_validator("url")
    @classmethod
    def _bare(cls, given: str) -> str:
        return given.strip().rstrip("/").removesuffix("/api/v2")


class LeadsSettings(BaseModel):
    transcripts: list[str] = Field(
        default_factory=lambda: ["lead"],
        description="JSON list of who may read conversations in the dashboard, personal data masked: roles (`lead` includes "
        "admins) and addresses of staff.",
    )
    threshold: list[str] = Field(
        default_factory=lambda: ["lead"],
        description="JSON list of who may change in the dashboard how sure answers have to be: roles and addresses of staff.",
    )
    weekly: bool = Field(
        True,
        description="Whether leads and admins get the weekly report by mail; each may stop or start their own on its page.",
    )


class MetricsSettings(BaseModel):
    gaps_hour: int = Field(
        3,
        ge=-1,
        le=23,
        description="Hour of the night, in the zone of the figures, from which the api gathers the content gaps, once a day. "
        "-1: only `copilot metrics gaps --refresh` and leads do.",
    )
    time_zone: str = Field(
        "",
        description="Time zone of the figures' days and hours (IANA name). Empty: that of the catalog's support hours.",
    )
    quiet_hours: float = Field(
        24.0,
        gt=0,
        le=24 * 90,
        description="Hours of silence after which the outcome of a conversation stands (a later word still changes it).",
    )
    recontact_days: float = Field(
        7.0,
        gt=0,
        le=90,
        description="Days in which a customer who comes back for the same matter takes back that it was solved.",
    )
    recontact_soon_hours: float = Field(
        24.0, gt=0, le=24 * 90, description="Hours of the shorter window, which is shown beside it."
    )

    @field_validator("time_zone")
    @classmethod
    def _known(cls, given: str) -> str:
        if given:
            try:
                zoneinfo.ZoneInfo(given)
            except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise ValueError(f"{given!r} is no time zone: give an IANA name like America/Bogota or UTC") from error
        return given


class OidcSettings(BaseModel):
    issuer: str = Field(
        "", description="OpenID provider with whose accounts staff sign in (docs/security.md). Empty: passwords only."
    )
    client_id: str = Field("", description="Id under which the provider knows this copilot.")
    client_secret: SecretStr = Field(SecretStr(""), description="Secret of that client.")
    name: str = Field("SSO", description="What staff call the company's account; stands on the button.")
    scopes: str = Field("openid email profile", description="Scopes that are asked for.")
    role_claim: str = Field("groups", description="Claim of the id token that holds the groups.")
    roles: dict[str, Literal["agent", "lead", "admin"]] = Field(
        default_factory=dict,
        description='JSON object of group -> role: `{"support": "agent", "support-leads": "lead"}`. Whoever is in none of '
        "them gets no account; of several the highest counts, at each sign-in anew.",
    )
    required: bool = Field(False, description="Staff sign in with the company's account only; passwords are refused.")

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.issuer and not (self.client_id and self.client_secret.get_secret_value() and self.roles):
            raise ValueError("COPILOT_OIDC__ISSUER needs COPILOT_OIDC__CLIENT_ID, __CLIENT_SECRET and __ROLES as well")
        if self.issuer and "openid" not in self.scopes.split():
            raise ValueError("COPILOT_OIDC__SCOPES has to have openid")
        return self


class PrivacySettings(BaseModel):
    conversations_days: int = Field(
        730,
        ge=0,
        description="Days after its last message in which a conversation is kept; then its texts go, and figures stay. One "
        "that led to a ticket goes with it. 0, here and below: for ever.",
    )
    tickets_days: int = Field(1825, ge=0, description="Days in which a closed ticket keeps its texts.")
    attachments_days: int = Field(730, ge=0, description="Days in which files are kept, where no open ticket has them.")
    mail_days: int = Field(365, ge=0, description="Days in which mail that we sent is kept.")
    mail_in_days: int = Field(
        365, ge=0, description="Days in which mail that came in is kept; what waits for staff waits on."
    )
    codes_days: int = Field(
        1, ge=0, description="Days after their end in which one-time codes, mailed links and counts of limits are kept."
    )
    sessions_days: int = Field(30, ge=0, description="Days after their end in which sessions are kept.")
    answers_days: int = Field(
        7,
        ge=7,
        description="Days in which answers to an Idempotency-Key, and results of jobs, are kept: seven at least.",
    )
    audit_days: int = Field(1095, ge=0, description="Days in which the audit log is kept.")
    logs_days: int = Field(30, ge=0, description="Days in which the lines of `<var>/logs` are kept.")
    policy_url: str = Field(
        "",
        description="Address of your privacy policy, linked where customers are told what is kept. `{language}` in "
        "it becomes theirs. Empty: no link.",
    )

    @field_validator("policy_url")
    @classmethod
    def _web_address(cls, given: str) -> str:
        if given and not given.startswith(("https://", "http://", "/")):
            raise ValueError("give the privacy policy as https://... or as a path of this site")
        return given


class TicketSettings(BaseModel):
    backend: Literal["local", "zendesk"] = Field(
        "local",
        description="Where tickets live besides here: nowhere, or mirrored in a Zendesk, both ways (docs/backends.md).",
    )
    zendesk: ZendeskSettings = Field(default_factory=ZendeskSettings)


class LimitSettings(BaseModel):
    """Uses in a minute. Each process counts its own; 0 switches a limit off."""

    trusted_proxies: str = Field(
        "",
        description="Addresses and networks of your reverse proxies, parted by commas. The customer's address is then taken "
        "from Forwarded or X-Forwarded-For; from nobody else are these headers believed. Without, callers on this machine "
        "are not limited.",
    )
    conversations_per_address: int = Field(
        300, ge=0, description="Conversations that one address (IPv6: /64) may open in a minute with one widget key."
    )
    conversations_per_widget_key: int = Field(
        3000, ge=0, description="Conversations that all customers together may open in a minute with one widget key."
    )
    messages_per_conversation: int = Field(60, ge=0, description="Messages of one conversation in a minute.")
    messages_per_address: int = Field(1500, ge=0, description="Messages from one address (IPv6: /64) in a minute.")
    same_text: int = Field(
        10, ge=0, description="How often one address may say the same longer text in ten minutes, in all conversations."
    )
    uploads_per_conversation: int = Field(20, ge=0, description="Files of one conversation in a minute.")
    uploads_per_address: int = Field(200, ge=0, description="Files from one address (IPv6: /64) in a minute.")
    searches_per_address: int = Field(
        600, ge=0, description="Searches of the help center from one address (IPv6: /64) in a minute."
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        networks(value)
        return value


class Settings(BaseSettings):
    """All settings; see `docs/settings.md` for the list with help texts."""

    model_config = SettingsConfigDict(env_prefix="COPILOT_", env_nested_delimiter="__", extra="ignore")

    mode: Literal["development", "production"] = Field(
        "development", description="production refuses missing secrets, kept mail and the demo widget key."
    )
    var: Path = Field(PROJECT_ROOT / "var", description="Where everything written at run time lies.")
    data: Path = Field(PROJECT_ROOT / "data", description="Catalog, wording, training data, sample help center.")
    host: str = Field("127.0.0.1", description="Address that the public process listens on.")
    port: int = Field(8000, ge=1, le=65535, description="Port that the public process listens on.")
    public_url: str = Field("", description="Address that customers type. Empty: http://<host>:<port>.")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs turn tokens and keys the hashes of codes. Made at first start in development."
    )
    gateway_secret: SecretStr = Field(
        SecretStr(""), description="Shared by the api and the dialogue process. Made at first start in development."
    )
    host_jwt_keys: dict[str, str] = Field(
        default_factory=dict,
        description="JSON object of kid -> key with which the host application signs its customers' tokens "
        "(HS256 secret of 32 characters or more, or an EdDSA public key in PEM). Two may be active.",
    )
    host_jwt_audience: str = Field("support-copilot", description="`aud` that host tokens must carry.")
    log_level: str = Field("INFO", description="Level of the api's log.")
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    rasa: RasaSettings = Field(default_factory=RasaSettings)
    actions: ActionsSettings = Field(default_factory=ActionsSettings)
    kb: KbSettings = Field(default_factory=KbSettings)
    chat: ChatSettings = Field(default_factory=ChatSettings)
    mail: MailSettings = Field(default_factory=MailSettings)
    mail_in: MailInSettings = Field(default_factory=MailInSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    alerts: AlertSettings = Field(default_factory=AlertSettings)
    webhooks: WebhookSettings = Field(default_factory=WebhookSettings)
    files: FileSettings = Field(default_factory=FileSettings)
    tickets: TicketSettings = Field(default_factory=TicketSettings)
    leads: LeadsSettings = Field(default_factory=LeadsSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    oidc: OidcSettings = Field(default_factory=OidcSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)

    @model_validator(mode="after")
    def _fill_derived(self) -> Settings:
        if not self.database.url:
            self.database.url = f"sqlite:///{self.var / 'copilot.db'}"
        if not self.public_url:
            self.public_url = f"http://{self.host}:{self.port}"
        self.public_url = self.public_url.rstrip("/")
        if self.kb.index is None:
            self.kb.index = self.var / "index"
        if self.kb.sources is None:
            self.kb.sources = self.data / "help_center" / "sources.yml"
        return self

    @property
    def index_dir(self) -> Path:
        assert self.kb.index is not None  # noqa: S101 - filled by the validator
        return self.kb.index

    @property
    def articles_from(self) -> Path:
        """What `copilot kb sync --sources` is given: the one folder where it is set, else the declaration."""
        assert self.kb.sources is not None  # noqa: S101 - filled by the validator
        return self.kb.source or self.kb.sources

    @property
    def sources_store(self) -> Path:
        """Where what was fetched is kept."""
        return self.var / "sources"

    @property
    def production(self) -> bool:
        return self.mode == "production"


class SettingsError(Exception):
    """A setting is missing or weak; the message says which and how to mend it."""


def load_settings() -> Settings:
    """Settings from the environment, with the development secrets of ``<var>/secrets.json`` filled in.

    The file is made at first start with mode 600. In production mode nothing is made up: a missing secret raises
    `SettingsError` naming the variable to set.
    """
    settings = Settings()
    _check_backend(settings)
    names = ("secret_key", "gateway_secret")
    missing = [name for name in names if not getattr(settings, name).get_secret_value()]
    if settings.production:
        if missing:
            wanted = ", ".join(f"COPILOT_{name.upper()}" for name in missing)
            raise SettingsError(f"production mode needs {wanted}: set each to 32 or more random characters")
        for name in names:
            weakness = weakness_of_secret(getattr(settings, name).get_secret_value())
            if weakness:
                raise SettingsError(
                    f"COPILOT_{name.upper()} {weakness}: set it to what `openssl rand -base64 32` writes"
                )
        if "demo" in settings.host_jwt_keys:
            raise SettingsError("COPILOT_HOST_JWT_KEYS has the key of the demo: production takes real ones only")
        return settings
    kept = _development_secrets(settings.var / "secrets.json")
    for name in missing:
        setattr(settings, name, SecretStr(kept[name]))
    if not settings.host_jwt_keys:
        settings.host_jwt_keys = {"demo": kept["demo_host_key"]}
    return settings


def weakness_of_secret(value: str, *, shortest: int = 32) -> str | None:
    """What is wrong with a secret, as the end of a sentence; None for one that looks random.

    Thirty-two random characters of base64 have some twenty different ones; fewer than ten was typed, not drawn.
    """
    if len(value) < shortest:
        return f"has fewer than {shortest} characters"
    if len(set(value)) < 10 or value in (value[: len(value) // 2] * 2, value[: len(value) // 4] * 4):
        return "is made of too few different characters"
    known = ("secret", "password", "changeme", "change-me", "example", "12345678", "qwerty")
    if any(each in value.lower() for each in known):
        return "has a word in it that everybody tries first"
    return None


def _check_backend(settings: Settings) -> None:
    zendesk = settings.tickets.zendesk
    if settings.tickets.backend != "zendesk":
        return
    given = {"URL": zendesk.url, "EMAIL": zendesk.email, "TOKEN": zendesk.token.get_secret_value()}
    missing = [f"COPILOT_TICKETS__ZENDESK__{name}" for name, value in given.items() if not value]
    if missing:
        raise SettingsError(f"COPILOT_TICKETS__BACKEND=zendesk needs {', '.join(missing)}")
    if not zendesk.url.startswith(("https://", "http://")):
        raise SettingsError("COPILOT_TICKETS__ZENDESK__URL is an address as https://company.zendesk.com")
    if settings.production and not zendesk.url.startswith("https://"):
        raise SettingsError(
            "COPILOT_TICKETS__ZENDESK__URL has to begin with https://: the token travels with every request"
        )


def _development_secrets(path: Path) -> dict[str, str]:
    wanted = ("secret_key", "gateway_secret", "demo_host_key")
    kept: dict[str, str] = {}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
    if all(name in kept for name in wanted):
        return kept
    kept = {name: kept.get(name) or secrets.token_urlsafe(32) for name in wanted}
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.new")
    aside.write_text(json.dumps(kept), encoding="utf-8")
    aside.chmod(0o600)
    try:
        # link() fails where another process was first: its secrets are then the ones to use.
        if path.exists():
            aside.replace(path)
        else:
            os.link(aside, path)
    except FileExistsError:
        return _development_secrets(path)
    finally:
        aside.unlink(missing_ok=True)
    return kept
