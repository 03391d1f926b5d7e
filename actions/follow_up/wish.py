"""What a customer wants of a ticket that is there already, read from one turn: which one, and the words for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions.heard import Heard
from bot.catalog import Catalog
from bot.text import fold, words
from bot.ticket_wishes import named_ticket

STATUS, LIST, COMMENT, REOPEN, FOLLOW = "status", "list", "comment", "reopen", "follow"
WISHES = {"check_ticket_status": STATUS, "add_comment": COMMENT, "reopen_ticket": REOPEN}

# A number of four digits on, in a short text.
_BARE = re.compile(r"(?<![\w.,:/-])#?(\d{4,10})(?![\w/-]|[.,:]\d)")
_FEW_WORDS, _ANSWER_WORDS = 6, 4

_QUOTED = re.compile(r"[«\"“'](.+?)[»\"”'](?:\W*)$", re.DOTALL)
_AFTER_COLON = re.compile(r":\s+(\S.*)$", re.DOTALL)
_THAT = r"(?:que|qué|that)"
_AFTER_THAT = re.compile(rf"\b{_THAT}\s+(\S.*)$", re.IGNORECASE | re.DOTALL)
_BECAUSE = re.compile(
    r"(?:\b(?:porque|por que|ya que|pois|because|since|pero|mas|but)\b|[,;])\s*(\S.*)$", re.IGNORECASE | re.DOTALL
)
# "the ticket 1024 that I opened yesterday" tells of the ticket, not for it.
_ABOUT_THE_TICKET = frozenset(
    """abri abrimos abrio abrieron cree creamos envie enviamos mande mandamos hice levante puse tengo criei criamos enviei
    enviamos mandei fiz tenho opened created sent made raised submitted have had filed""".split()  # noqa: SIM905
)
_SMALL = frozenset({"yo", "eu", "i", "we", "nos", "le", "te", "ya", "ja"})


@dataclass(frozen=True)
class Wish:
    """`ticket` and `text` are None where they were not said. `open_only`: of a list, only what is not solved."""

    kind: str
    ticket: str | None = None
    text: str | None = None
    open_only: bool = False


def wish(heard: Heard, catalog: Catalog) -> Wish | None:
    """The wish of a turn; None where its intent is no such wish."""
    kind = WISHES.get(heard.intent)
    if kind is None:
        return None
    said = heard.text if heard.typed else ""
    number = ticket_number(heard)
    if kind == STATUS and number is None and _says(said, catalog, "list"):
        return Wish(LIST, open_only=_says(said, catalog, "open"))
    text = None
    if kind == COMMENT:
        text = comment_in(said, number)
    elif kind == REOPEN:
        text = reason_in(said)
    return Wish(kind, number, text)


def ticket_number(heard: Heard, *, asked: bool = False) -> str | None:
    """The ticket's number in the turn. `asked`: the copilot asked for it, so that a number is one, however short."""
    named = heard.entities.get("ticket_id") or heard.entities.get("ticket")
    if named is not None and named.isdigit():
        return named
    if not heard.typed:
        return None
    if asked and len(words(heard.text)) <= _ANSWER_WORDS:
        digits = re.findall(r"\d+", heard.text)
        return digits[0][:10] if len(digits) == 1 else None
    named = named_ticket(heard.text)
    if named is not None or len(words(heard.text)) > _FEW_WORDS:
        return named
    found = _BARE.search(heard.text)
    return found.group(1) if found else None


def comment_in(text: str, number: str | None) -> str | None:
    """What is to be added, where the same sentence says it: behind a colon, in quotes, after "that"."""
    for pattern in (_AFTER_COLON, _QUOTED):
        found = pattern.search(text)
        if found is not None and len(words(found.group(1))) >= 2:
            return found.group(1).strip()
    rest = text
    if number is not None and number in text:
        rest = text.partition(number)[2]
        behind = re.match(r"\s*([,;.–—-]?)\s*(.*)$", rest, re.DOTALL)
        if behind is not None and _tells(behind.group(2), least=2 if behind.group(1) else 5):
            said = behind.group(2)
            that = re.match(rf"{_THAT}\s+(.*)$", said, re.IGNORECASE | re.DOTALL)
            return (that.group(1) if that else said).strip()
    found = _AFTER_THAT.search(rest)
    return found.group(1).strip() if found is not None and _tells(found.group(1), least=3) else None


def reason_in(text: str) -> str | None:
    """Why a ticket is to be opened again, where the same sentence says it."""
    for pattern in (_AFTER_COLON, _BECAUSE):
        found = pattern.search(text)
        if found is not None and len(words(found.group(1))) >= 3:
            return found.group(1).strip()
    return None


def _tells(text: str, *, least: int) -> bool:
    said = words(text)
    if said and said[0] in ("que", "that"):
        said = said[1:]
        least = min(least, 3)
    telling = [each for each in said if each not in _SMALL]
    return len(said) >= least and not set(telling[:2]) & _ABOUT_THE_TICKET


def _says(text: str, catalog: Catalog, what: str) -> bool:
    said = set(words(text))
    return any(
        fold(each) in said for language in catalog.languages for each in catalog.words("follow_up", what, language)
    )
