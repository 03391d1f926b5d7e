"""What must hold after every turn of any conversation, whatever the customer did."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.catalog import Catalog, load_catalog
from bot.domain_builder import build_domain, form_slots
from bot.text import fold
from bot.turn import MAX_STATE_BYTES
from tests.support.walk_words import ALL_OF_IT, OUTAGES, YES

# What a message may ask for, beside a detail's id (the chat's contract).
KNOWN_ASKS = frozenset(
    """
    language scenario problem clarify solved notice email code support_type subject what_happened category subcategory
    purpose platform users_affected impact environment title description attachments confirm rating ticket comment
    """.split()  # noqa: SIM905 - a list of quotes would be three times as long
)

# Sentences after which nothing is asked: each closes something, or invites to write.
CLOSINGS = (
    "idle_invitation",
    "help_idle",
    "unclear_idle",
    "closing",
    "goodbye",
    "ticket_lookup",
    "ticket_follow",
    "contact_done",
    "contact_skipped",
    "notice_subscribed",
    "notice_subscribed_already",
    "comment_added",
    "rating_thanks",
    "rating_thanks_bad",
    "rating_skipped",
    "follow_no_tickets",
    "follow_none_open",
    "follow_none_solved",
    "follow_not_found",
    "follow_what_now",
    "follow_hint_open",
    "follow_hint_pending",
    "follow_hint_solved",
    "follow_hint_closed",
    "follow_answer_comes",
    "follow_refused",
)

# So often may one and the same question stand in a row, while all that was said to it was no answer.
MOST_REPEATS = 3

_CONTACT = frozenset({"email", "code"})
# Slots that a change of language may touch: what is spoken, and where the form stands.
_MOVES = frozenset({"language", "language_choice", "requested_slot", "misses", "went_back", "trail"})
# Names that would grant something, were anybody to believe a slot.
_RIGHTS = re.compile(r"verified|role|admin|token|secret|permission|identity|customer|account|user_id", re.IGNORECASE)
_NOT_RIGHTS = frozenset({"users_affected", "customer_portal"})
_SECRETS = ("token-of-the-turn", "secret-of-the-dialogue-tests")
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
# A piece of a sentence long enough to be of one language only.
_TELLING = 24


@dataclass(frozen=True)
class Move:
    """What the customer did: pressed a choice (`pressed` is its name), or typed `text`. `answers` where it was meant as an
    answer to what was asked, or is nothing at all; an aside is not, and is answered before the question comes again."""

    text: str
    pressed: str | None = None
    answers: bool = True


@dataclass(frozen=True)
class Seen:
    """The dialogue after a turn. `tickets` counts the requests to open one, refused ones included, `followups` those that
    continue a closed one, `opened` what was opened by any."""

    status: str
    messages: list[dict[str, Any]]
    slots: Mapping[str, Any]
    loop: str | None
    tickets: int = 0
    followups: int = 0
    opened: int = 0

    @property
    def asks(self) -> str | None:
        return self.messages[-1]["asks"] if self.messages else None

    @property
    def choices(self) -> list[dict[str, Any]]:
        return list(self.messages[-1]["choices"]) if self.messages else []

    @property
    def text(self) -> str:
        return "\n".join(each["text"] for each in self.messages)


@dataclass
class Checker:
    """Checks one conversation turn by turn; an AssertionError says what does not hold."""

    catalog: Catalog = field(default_factory=load_catalog)
    said: list[str] = field(default_factory=list)
    forms: set[str] = field(default_factory=set)
    repeats: int = 1

    def check(self, before: Seen, move: Move | None, after: Seen) -> None:
        if move is not None:
            self.said.append(move.text)
        self.check_answered(after)
        self.check_open_end(after)
        self.check_names(after)
        self.check_language_of(after)
        self.check_state(after)
        if move is not None:
            self.check_ticket(before, move, after)
            self.check_language_change(before, after)
            self.check_repeats(before, move, after)

    def check_answered(self, after: Seen) -> None:
        assert after.status == "completed", f"the turn is {after.status}"
        assert after.messages, "nothing was said"
        for each in after.messages:
            assert each["text"] or each["answer"] or each["ticket"], "a message is empty"

    def check_open_end(self, after: Seen) -> None:
        """The last message leaves the customer something to do; what is asked stands nowhere else."""
        assert not any(each["asks"] for each in after.messages[:-1]), "something is asked before the last message"
        if after.asks is not None:
            return
        assert not after.choices, "there are choices, and nothing is asked"
        assert after.loop is None, f"{after.loop} runs, and nothing is asked"
        last = after.messages[-1]
        assert _closes(self.catalog, last["language"], last["text"]), "a dead end: nothing is asked, nobody invites"

    def check_names(self, after: Seen) -> None:
        asks = after.asks
        if asks is None:
            return
        details = {detail.id for topic in self.catalog.topics for detail in topic.details}
        assert asks in KNOWN_ASKS | details, f"asks {asks!r} is none of the contract"
        names = [each["name"] for each in after.choices]
        assert len(set(names)) == len(names), f"a choice stands twice: {names}"
        own = names
        if asks == "solved" and any(name.startswith("scenario.") for name in names):
            own = self.check_what_is_needed(after, names)
        for name in own:
            assert re.fullmatch(rf"{asks}\.\S.*", name), f"{name} under asks {asks}"
        for each in after.choices:
            assert each["label"].strip(), f"{each['name']} has no label"

    def check_what_is_needed(self, after: Seen, names: list[str]) -> list[str]:
        """What is needed is asked with the answer only while nobody said it, in the words for it, and offered whole.

        The names of the choices that are left: whether it helped, unless nothing was found, and a person.
        """
        assert after.slots.get("scenario") is None, "what is needed is asked again"
        last = after.messages[-1]
        wording = self.catalog.wording(last["language"])
        helped = last["text"].endswith(wording.text("messages.ask_solved_or_what"))
        assert helped or last["text"].endswith(wording.text("messages.ask_scenario_known")), (
            "nobody asks what is needed"
        )
        left = ["solved.yes", "solved.no"] if helped else ["solved.no"]
        scenarios = [f"scenario.{each.id}" for each in self.catalog.scenarios]
        assert names == [*left[:-1], *scenarios, left[-1]], f"what is needed is asked with {names}"
        return left

    def check_ticket(self, before: Seen, move: Move, after: Seen) -> None:
        """A ticket follows a confirmation, once for each form."""
        if after.followups > before.followups:  # confirmed, then told what is the matter now
            # Asked for a language in between, they may go on with what is the matter.
            assert before.asks in ("confirm", "comment", "language"), f"a follow-up after {before.asks!r} was asked"
        asked = after.tickets - before.tickets
        if not asked:
            return
        assert asked == 1, f"{asked} tickets in one turn"
        assert before.asks == "confirm", f"a ticket after {before.asks!r} was asked"
        yes = next((each for each in before.choices if each["name"] == "confirm.yes"), None)
        assert yes is not None, "a ticket where confirm.yes was not offered"
        if move.pressed is None:
            said = fold(move.text).strip()
            # Asked whether nothing loads at all, "nothing loads" is a yes.
            emergency = any(each["name"] == "confirm.no" for each in before.choices)
            meant = (*YES, yes["label"], *(OUTAGES | ALL_OF_IT if emergency else ()))
            assert said in {fold(each) for each in meant}, f"a ticket after {move.text!r}"
        else:
            assert move.pressed == "confirm.yes", f"a ticket after {move.pressed}"
        if after.opened == before.opened:
            return  # refused: the customer looks at it again
        form = str(before.slots.get("form_id"))
        assert form not in self.forms, "a second ticket of one form"
        self.forms.add(form)

    def check_language_change(self, before: Seen, after: Seen) -> None:
        """Another language loses nothing and changes nothing that was told."""
        if before.slots.get("language") in (None, after.slots.get("language")):
            return
        for name in (*form_slots(self.catalog), "scenario"):
            held = before.slots.get(name)
            # A wish for a ticket that is given up for a problem takes its address along.
            if name in _CONTACT and before.slots.get("follow"):
                continue
            # The problem for which it is given up has a category of its own.
            if name in ("category", "subcategory") and before.slots.get("follow"):
                continue
            if held is not None and name not in _MOVES:
                assert after.slots.get(name) == held, f"the change of language changed {name}"
        # What was told in the other language, and made it be offered, belongs to the problem from now on.
        problem = str(before.slots.get("problem") or "")
        assert problem in str(after.slots.get("problem") or ""), "the change of language lost the problem"

    def check_repeats(self, before: Seen, move: Move, after: Seen) -> None:
        same = after.asks is not None and (before.asks, before.messages[-1]["text"]) == (
            after.asks,
            after.messages[-1]["text"],
        )
        if not same or move.pressed is not None or not move.answers:
            self.repeats = 1
            return
        if any(each["kind"] == "answer" for each in after.messages):
            return  # a question in between was answered, and what is missing is asked again
        self.repeats += 1
        assert self.repeats <= MOST_REPEATS, f"asked the same {self.repeats} times in a row"

    def check_state(self, after: Seen) -> None:
        """The state is small, holds the domain's slots and nothing that grants a right."""
        size = len(json.dumps(dict(after.slots)).encode())
        assert size < MAX_STATE_BYTES, f"the state takes {size} bytes"
        unknown = set(after.slots) - _domain_slots()
        assert not unknown, f"no slots of the domain: {unknown}"
        rights = [name for name in after.slots if _RIGHTS.search(name) and name not in _NOT_RIGHTS]
        assert not rights, f"slots that grant something: {rights}"
        held = json.dumps(dict(after.slots), ensure_ascii=False)
        assert not any(each in held for each in _SECRETS), "a slot holds a secret of the turn"

    def check_language_of(self, after: Seen) -> None:
        """All is said in the language that is spoken; only the offer of a language speaks that language."""
        spoken = after.slots.get("language")
        for each in after.messages:
            text = each["text"]
            for said in self.said:
                text = text.replace(said, " ")
            assert not _PLACEHOLDER.search(text), f"a placeholder was left: {text!r}"
            if each["asks"] == "language":
                continue
            assert each["language"] == spoken, f"said in {each['language']}, spoken is {spoken}"
            for piece, languages in _pieces().items():
                assert spoken in languages or piece not in text, f"{piece!r} is not {spoken}"
            for choice in each["choices"]:
                languages = _labels().get(choice["label"], frozenset({spoken}))
                assert spoken in languages, f"the label {choice['label']!r} is not {spoken}"


@functools.cache
def _domain_slots() -> frozenset[str]:
    return frozenset({*build_domain(load_catalog())["slots"], "requested_slot"})


@functools.cache
def _pieces() -> dict[str, frozenset[str]]:
    """Long pieces of what the copilot says, between placeholders, with the languages that they belong to."""
    catalog = load_catalog()
    found: dict[str, set[str]] = {}
    for language in catalog.languages:
        for text in catalog.wording(language).section("messages").values():
            for piece in re.split(r"\{[a-z_]+\}", text):
                if len(piece.strip()) >= _TELLING:
                    found.setdefault(piece.strip(), set()).add(language)
    return {piece: frozenset(languages) for piece, languages in found.items()}


@functools.cache
def _labels() -> dict[str, frozenset[str]]:
    """Every label, with the languages that use it."""
    catalog = load_catalog()
    found: dict[str, set[str]] = {}
    for language in catalog.languages:
        wording = catalog.wording(language)
        for text in (*wording.section("labels").values(), *wording.section("messages").values()):
            found.setdefault(text, set()).add(language)
    return {label: frozenset(languages) for label, languages in found.items()}


def _closes(catalog: Catalog, language: str, text: str) -> bool:
    """Whether the text ends with a sentence that closes or invites."""
    wording = catalog.wording(language)
    for key in CLOSINGS:
        if f"messages.{key}" not in wording:
            continue
        template = wording.section("messages")[key]
        pattern = ".+?".join(re.escape(piece) for piece in re.split(r"\{[a-z_]+\}", template))
        if re.search(rf"{pattern}$", text, re.DOTALL):
            return True
    return False
