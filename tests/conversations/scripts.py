"""Scripted conversations: what a customer does in each, what is asked, and what comes of it.

One file a theme and language, `scripts/<language>/<theme>.yml`; scripts/README.md describes the format. Nothing here talks
to a process: `player.py` plays a script, `play.py` does so from the command line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.catalog import Catalog, load_catalog
from bot.catalog_files import CatalogError, read_yaml

FOLDER = Path(__file__).resolve().parent / "scripts"
CHANNELS = ("widget", "admin", "helpcenter")

# A wording key, where words are expected: `closing`, `ask_solved`. With an underscore it can be nothing else.
_KEY = re.compile(r"[a-z]+(?:_[a-z]+)*")
_SURELY_A_KEY = re.compile(r"[a-z]+(?:_[a-z]+)+")
# Steps that give the address or the code alone are neither typed nor pressed: nobody chose to type them.
_GIVEN_AWAY = re.compile(r"\s*\{(?:email|code|other_email|wrong_code)\}\s*")


class ScriptError(Exception):
    """A script that cannot be played as it is written; names file, script and step."""


@dataclass(frozen=True)
class Event:
    """An event that must have been recorded, with at least this data."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One thing that the customer does, and what the copilot's turn must be like. Exactly one of `say` and `press`, or
    `upload` with or without `say`."""

    number: int
    say: str | None = None
    press: str | None = None
    upload: tuple[str, ...] = ()
    asks: str | None = None
    says: tuple[str, ...] = ()
    not_says: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    shows: str | None = None
    speaks: str | None = None

    @property
    def typed(self) -> bool | None:
        """Whether the customer typed where a tap would have done; None where only address or code was given."""
        if self.say is not None and _GIVEN_AWAY.fullmatch(self.say):
            return None
        return self.say is not None

    def __str__(self) -> str:
        done = [
            f"press {self.press}" if self.press else f"say {self.say!r}",
            *(f"upload {each}" for each in self.upload),
        ]
        return f"step {self.number} ({', '.join(done)})"


@dataclass(frozen=True)
class Person:
    """Who writes. With `platforms` or an `account` the host application vouches for them, address included; with a `locale`
    it also says which language they speak."""

    channel: str = "widget"
    language: str = ""
    platforms: tuple[str, ...] = ()
    account: str = "scripted-store"
    locale: str | None = None

    @property
    def identified(self) -> bool:
        return self.channel == "admin"


@dataclass(frozen=True)
class GivenTicket:
    """A ticket of the same customer from before the conversation: what staff sent to open it, and what they did to it."""

    ticket: Mapping[str, Any]
    status: str = "open"
    reply: str | None = None


@dataclass(frozen=True)
class Given:
    """What there is before the conversation begins."""

    tickets: tuple[GivenTicket, ...] = ()
    notices: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class ExpectedTicket:
    """A whole ticket, as staff read it. `title` is its subject in Zendesk's words, `fields` exactly its custom fields that
    hold something."""

    title: str
    description: tuple[str, ...]
    not_description: tuple[str, ...]
    type: str
    priority: str
    status: str
    requester: str | None
    attachments: tuple[str, ...]
    fields: Mapping[str, str]


@dataclass(frozen=True)
class GivenOutcome:
    """What has become of one of the given tickets."""

    status: str | None = None
    comments: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of the conversation where it is not told by a ticket alone."""

    events: tuple[Event, ...] = ()
    never: tuple[str, ...] = ()
    given: tuple[GivenOutcome, ...] = ()
    mails: tuple[str, ...] = ()


@dataclass(frozen=True)
class Script:
    """One conversation. `asks` is the whole sequence of what the copilot asks in it, the greeting's included."""

    id: str
    title: str
    language: str
    theme: str
    core: bool
    who: Person
    given: Given
    asks: tuple[str, ...]
    steps: tuple[Step, ...]
    ticket: ExpectedTicket | None
    outcome: Outcome

    @property
    def file(self) -> str:
        return f"scripts/{self.language}/{self.theme}.yml"


def load_scripts(folder: Path = FOLDER, catalog: Catalog | None = None) -> tuple[Script, ...]:
    """Every script, by language and theme. Raises `ScriptError`."""
    catalog = catalog or load_catalog()
    found: list[Script] = []
    for path in sorted(folder.glob("*/*.yml")):
        name = f"scripts/{path.parent.name}/{path.name}"
        if path.parent.name not in catalog.languages:
            raise ScriptError(f"{name}: {path.parent.name!r} is no language of the catalog")
        try:
            content = read_yaml(path, name)
        except CatalogError as error:
            raise ScriptError(str(error)) from error
        entries = content.get("scripts")
        if set(content) != {"scripts"} or not isinstance(entries, list):
            raise ScriptError(f"{name}: it holds one key, `scripts`, with a list under it")
        for number, entry in enumerate(entries, start=1):
            found.append(_Reader(f"{name}, script {number}", catalog).script(entry, path.parent.name, path.stem))
    known: dict[str, Script] = {}
    for script in found:
        if script.id in known:
            raise ScriptError(f"{script.file} and {known[script.id].file}: two scripts are called {script.id}")
        known[script.id] = script
    return tuple(found)


def typed_share(scripts: Iterable[Script]) -> float:
    """Typed turns of all turns but those that only give address or code, between 0 and 1."""
    turns = [step.typed for script in scripts for step in script.steps if step.typed is not None]
    return sum(turns) / len(turns) if turns else 0.0


def same_sequences(scripts: Iterable[Script]) -> list[list[str]]:
    """Groups of scripts that declare the same sequence of `asks`."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for script in scripts:
        groups.setdefault(script.asks, []).append(script.id)
    return [ids for ids in groups.values() if len(ids) > 1]


@dataclass
class _Reader:
    """Reads one script's entry; every complaint begins with where it is."""

    where: str
    catalog: Catalog

    def script(self, entry: Any, language: str, theme: str) -> Script:
        keys = {"id", "title", "core", "who", "given", "asks", "steps", "ticket", "outcome"}
        told = self._mapping(entry, keys, "script")
        for name in ("id", "title", "asks", "steps"):
            if not told.get(name) and told.get(name) != []:
                raise self._wrong(f"`{name}` is missing")
        self.where = f"{self.where} ({told['id']})"
        if not str(told["id"]).startswith(f"{language}-{theme}-"):
            raise self._wrong(f"its id begins with {language}-{theme}-")
        steps = tuple(self._step(each, number) for number, each in enumerate(told["steps"], start=1))
        ticket = self._ticket(told["ticket"], language) if "ticket" in told else None
        outcome = self._outcome(told.get("outcome") or {})
        if ticket is None and outcome == Outcome() and not any(step.says or step.shows for step in steps):
            raise self._wrong(
                "it says neither which `ticket` nor which `outcome` comes of it, nor what is said on the way"
            )
        return Script(
            id=str(told["id"]),
            title=str(told["title"]),
            language=language,
            theme=theme,
            core=told.get("core", False) is True,
            who=self._person(told.get("who") or {}, language),
            given=self._given(told.get("given") or {}),
            asks=self._texts(told["asks"]),
            steps=steps,
            ticket=ticket,
            outcome=outcome,
        )

    def _step(self, entry: Any, number: int) -> Step:
        keys = {"say", "press", "upload", "code", "asks", "says", "not_says", "offers", "shows", "speaks"}
        told = self._mapping(entry, keys, f"step {number}")
        if told.pop("code", False):
            told["say"] = "{code}"
        step = Step(
            number=number,
            say=self._text(told.get("say")),
            press=self._text(told.get("press")),
            upload=self._texts(told.get("upload")),
            asks=self._text(told.get("asks")),
            says=self._texts(told.get("says")),
            not_says=self._texts(told.get("not_says")),
            offers=self._texts(told.get("offers")),
            shows=self._text(told.get("shows")),
            speaks=self._text(told.get("speaks")),
        )
        if (step.say is None) == (step.press is None) and not (step.upload and step.press is None):
            raise self._wrong(f"step {number}: say one thing, press one choice or upload files")
        if step.shows not in (None, "answer", "notice", "ticket"):
            raise self._wrong(f"step {number}: `shows` is answer, notice or ticket")
        if step.speaks is not None and step.speaks not in self.catalog.languages:
            raise self._wrong(f"step {number}: {step.speaks} is no language of the catalog")
        for words in (*step.says, *step.not_says):
            if _SURELY_A_KEY.fullmatch(words) and wording_of(self.catalog, self.catalog.languages[0], words) is None:
                raise self._wrong(f"step {number}: the wording has no message {words}")
        return step

    def _person(self, entry: Any, language: str) -> Person:
        if isinstance(entry, str):
            entry = {"channel": entry}
        told = self._mapping(entry, {"channel", "language", "platforms", "account", "locale"}, "who")
        person = Person(
            channel=told.get("channel", "widget"),
            language=told.get("language", language),
            platforms=self._texts(told.get("platforms")),
            account=told.get("account", Person.account),
            locale=told.get("locale"),
        )
        if person.channel not in CHANNELS:
            raise self._wrong(f"who: the channel is one of {', '.join(CHANNELS)}")
        if (person.platforms or person.locale or "account" in told) and not person.identified:
            raise self._wrong("who: only the admin's customers come with platforms, an account or a locale")
        return person

    def _given(self, entry: Any) -> Given:
        told = self._mapping(entry, {"tickets", "notices"}, "given")
        tickets = []
        for each in told.get("tickets") or []:
            ticket = dict(each)
            status, reply = str(ticket.pop("status", "open")), ticket.pop("reply", None)
            if not ticket.get("subject") or not ticket.get("description"):
                raise self._wrong("given: a ticket has a subject and a description")
            tickets.append(GivenTicket(ticket, status, reply))
        return Given(tuple(tickets), tuple(told.get("notices") or ()))

    def _ticket(self, entry: Any, language: str) -> ExpectedTicket:
        own = {"title", "description", "not_description", "type", "priority", "status", "requester", "attachments"}
        names = {each.id for each in self.catalog.fields} | {each.id for t in self.catalog.topics for each in t.details}
        told = self._mapping(entry, own | names | {"language", "scenario"}, "ticket")
        for name in ("title", "description", "type", "priority"):
            if not told.get(name):
                raise self._wrong(f"ticket: `{name}` is missing: every field is read back")
        values = {name: str(value) for name, value in told.items() if name not in own and value is not None}
        return ExpectedTicket(
            title=str(told["title"]),
            description=self._texts(told["description"]),
            not_description=self._texts(told.get("not_description")),
            type=str(told["type"]),
            priority=str(told["priority"]),
            status=str(told.get("status", "new")),
            requester=self._text(told.get("requester", "{email}")),
            attachments=self._texts(told.get("attachments")),
            fields={"support_type": "technical", "language": language, **values},
        )

    def _outcome(self, entry: Any) -> Outcome:
        told = self._mapping(entry, {"events", "never", "given", "mails"}, "outcome")
        events = []
        for each in told.get("events") or []:
            if isinstance(each, dict):
                (type_, data), *more = each.items()
                if more or not isinstance(data, dict):
                    raise self._wrong("outcome: an event is its name, or its name with a mapping of its data")
                events.append(Event(type_, data))
            elif isinstance(each, str):
                events.append(Event(each))
            else:
                raise self._wrong("outcome: an event is its name, or its name with a mapping of its data")
        given = []
        for each in told.get("given") or []:
            what = self._mapping(each, {"status", "comments"}, "outcome of a given ticket")
            given.append(GivenOutcome(self._text(what.get("status")), self._texts(what.get("comments"))))
        return Outcome(tuple(events), self._texts(told.get("never")), tuple(given), self._texts(told.get("mails")))

    def _mapping(self, entry: Any, keys: set[str], what: str) -> dict[str, Any]:
        if not isinstance(entry, dict):
            raise self._wrong(f"{what} is no mapping")
        unknown = sorted(set(entry) - keys)
        if unknown:
            raise self._wrong(f"{what}: there is no {', '.join(unknown)}; there is {', '.join(sorted(keys))}")
        return dict(entry)

    def _texts(self, entry: Any) -> tuple[str, ...]:
        if entry is None:
            return ()
        return tuple(str(each) for each in entry) if isinstance(entry, list) else (str(entry),)

    def _text(self, entry: Any) -> str | None:
        return None if entry is None else str(entry)

    def _wrong(self, problem: str) -> ScriptError:
        return ScriptError(f"{self.where}: {problem}")


def wording_of(catalog: Catalog, language: str, key: str) -> re.Pattern[str] | None:
    """What the message of a wording key looks like, whatever its placeholders hold; None for what is no key."""
    if not _KEY.fullmatch(key):
        return None
    template = catalog.wording(language).section("messages").get(key)
    if template is None:
        return None
    parts = re.split(r"\{\w+\}", template)
    return re.compile(".+?".join(re.escape(part) for part in parts), re.DOTALL)
