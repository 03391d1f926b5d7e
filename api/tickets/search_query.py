"""The search language: what a query string says, with no database behind it.

    query     := part*
    part      := "-"? (keyword operator value | phrase | word)
    operator  := ":" | ":"? ("<" | ">" | "<=" | ">=")
    value     := phrase | whatever follows up to a space
    phrase    := '"' ... '"'

Whatever the text is, `parse_query` gives a `SearchQuery` or raises `SearchRefused`, which names the part that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from api.tickets.errors import ZendeskError
from api.tickets.words import words_of

Operator = Literal[":", "<", ">", "<=", ">="]
ResultType = Literal["ticket", "user", "organization", "group"]
RESULT_TYPES: tuple[ResultType, ...] = ("ticket", "user", "organization", "group")
LONGEST_QUERY = 4096
MOST_PARTS = 64
# A shorter beginning would find half of everything.
SHORTEST_PREFIX = 2

# Which keywords say something about which kind of result; `custom_field_<id>` is one of tickets, too.
_KEYWORDS: Mapping[str, tuple[ResultType, ...]] = {
    **dict.fromkeys(
        (
            "assignee", "category", "cc", "comment", "commenter", "description", "fieldvalue", "has_attachment", "language",
            "priority", "requester", "satisfaction", "solved", "status", "subcategory", "subject", "submitter",
            "support_type", "tags", "ticket_type", "updated", "via",
        ),
        ("ticket",),
    ),
    "group": ("ticket",),
    "organization": ("ticket", "user"),
    "external_id": ("ticket", "user"),
    "created": ("ticket", "user"),
    "name": ("user", "organization", "group"),
    "email": ("user",),
    "role": ("user",),
}  # fmt: skip
_COMPARED = frozenset({"created", "updated", "solved", "status", "priority"})
_WORDED = frozenset({"subject", "description", "comment"})
SORTS = {
    "created_at": "created_at",
    "created": "created_at",
    "updated_at": "updated_at",
    "updated": "updated_at",
    "priority": "priority",
    "status": "status",
    "ticket_type": "ticket_type",
    "id": "id",
    "relevance": "id",
}
_DIRECTIONS = {"asc": False, "desc": True}

_KEYWORD = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(:?(?:<=|>=|<|>)|:)")
_CUSTOM_FIELD = re.compile(r"custom_field_([A-Za-z0-9_]{1,64})", re.IGNORECASE)


class SearchRefused(ZendeskError):
    """A query that means nothing here; the message names the part and says how to mend it."""

    def __init__(self, message: str) -> None:
        super().__init__(422, "invalid", f"Invalid search: {message}")


@dataclass(frozen=True)
class Words:
    """Words that have to follow one another; the last one may go on where `prefix`."""

    words: tuple[str, ...]
    prefix: bool = False
    negated: bool = False


@dataclass(frozen=True)
class Property:
    """A keyword with what it has to be. `name` is lower case; of ``custom_field_x`` it is ``custom_field`` with `field` x."""

    name: str
    operator: Operator
    value: str
    part: str
    negated: bool = False
    field: str | None = None
    quoted: bool = False

    @property
    def is_none(self) -> bool:
        """Asks for what has no such thing."""
        return not self.quoted and self.value.lower() == "none"

    @property
    def is_me(self) -> bool:
        return not self.quoted and self.value.lower() == "me"

    def refused(self, why: str) -> SearchRefused:
        """The error that names this part."""
        return SearchRefused(f"{self.part[:80]!r}: {why}")


@dataclass(frozen=True)
class SearchQuery:
    """What is searched. `types`: the kinds of result that can match all of it; `sort` None: newest first."""

    words: tuple[Words, ...] = ()
    properties: tuple[Property, ...] = ()
    types: tuple[ResultType, ...] = RESULT_TYPES
    type_given: bool = False
    sort: str | None = None
    descending: bool = True


def parse_query(text: str) -> SearchQuery:
    """Read a query. Raises `SearchRefused` and nothing else."""
    if len(text) > LONGEST_QUERY:
        raise SearchRefused(f"a query has at most {LONGEST_QUERY} characters")
    if not text.strip():
        raise SearchRefused("query cannot be blank; * finds everything")
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.words: list[Words] = []
        self.properties: list[Property] = []
        self.types: list[ResultType] = []
        self.sort: str | None = None
        self.descending = True

    def read(self) -> SearchQuery:
        parts = 0
        while self._skip_spaces():
            parts += 1
            if parts > MOST_PARTS:
                raise SearchRefused(f"a query has at most {MOST_PARTS} parts")
            self._part()
        types: tuple[ResultType, ...] = tuple(each for each in RESULT_TYPES if not self.types or each in self.types)
        for each in self.properties:
            fitting = _KEYWORDS.get(each.name, ("ticket",))
            left = tuple(kind for kind in types if kind in fitting)
            if self.types and not left:
                raise each.refused(f"says nothing about type:{types[0]}")
            types = left
        if not types:
            raise self.properties[-1].refused("fits no result that the rest of the query fits")
        return SearchQuery(
            tuple(self.words), tuple(self.properties), types, bool(self.types), self.sort, self.descending
        )

    def _skip_spaces(self) -> bool:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at < len(self.text)

    def _part(self) -> None:
        begin = self.at
        negated = self.text[self.at] == "-" and self.at + 1 < len(self.text) and not self.text[self.at + 1].isspace()
        if negated:
            self.at += 1
        if self.text[self.at] == '"':
            self._add_words(self._phrase(begin), begin, negated)
            return
        found = _KEYWORD.match(self.text, self.at)
        if found is not None and not self.text.startswith("//", found.end()):
            self._keyword(found, begin, negated)
            return
        word = self._bare()
        prefix = len(word) > 1 and word.endswith("*")
        if word == "*":
            return
        if "*" in word.rstrip("*"):
            raise SearchRefused(f"{word[:80]!r}: a * stands at the end of a word, nowhere else")
        self._add_words(word, begin, negated, prefix=prefix)

    def _bare(self) -> str:
        begin = self.at
        while self.at < len(self.text) and not self.text[self.at].isspace() and self.text[self.at] != '"':
            self.at += 1
        return self.text[begin : self.at]

    def _phrase(self, begin: int) -> str:
        end = self.text.find('"', self.at + 1)
        if end < 0:
            raise SearchRefused(f"{self.text[begin : begin + 80]!r}: the quotation mark is never closed")
        phrase, self.at = self.text[self.at + 1 : end], end + 1
        return phrase

    def _add_words(self, text: str, begin: int, negated: bool, *, prefix: bool = False) -> None:
        words = words_of(text)
        if not words:
            # Nothing but signs: it can neither be found nor be missed.
            return
        if prefix and len(words[-1]) < SHORTEST_PREFIX:
            part = self.text[begin : begin + 80].split()[0]
            raise SearchRefused(f"{part!r}: a word has at least {SHORTEST_PREFIX} letters before its *")
        self.words.append(Words(tuple(words), prefix, negated))

    def _keyword(self, found: re.Match[str], begin: int, negated: bool) -> None:
        name, operator = found[1].lower(), found[2].lstrip(":") or ":"
        self.at = found.end()
        quoted = self.at < len(self.text) and self.text[self.at] == '"'
        value = (self._phrase(begin) if quoted else self._bare()).strip()
        part = self.text[begin : self.at]
        field = _CUSTOM_FIELD.fullmatch(name)
        each = Property(
            "custom_field" if field else name,
            operator,  # type: ignore[arg-type]  # the expression matches nothing else
            value,
            part,
            negated,
            field[1].lower() if field else None,
            quoted,
        )
        if not value:
            raise each.refused("the value is missing")
        if name in ("type", "order_by", "sort"):
            if negated or operator != ":":
                raise each.refused(f"{name} takes : and no minus sign")
            getattr(self, f"_{name}")(each)
            return
        if field is None and name not in _KEYWORDS:
            raise each.refused(
                f"there is no keyword {name!r}; to find the words themselves put them in quotation marks"
            )
        if operator != ":" and name not in _COMPARED:
            raise each.refused(f"{name} takes : only; < and > go with {', '.join(sorted(_COMPARED))}")
        if name in _WORDED and not each.is_none:
            bare = value.removesuffix("*") if not quoted else value
            words = words_of(bare)
            if not words:
                raise each.refused("there is no word in it")
            if bare != value and len(words[-1]) < SHORTEST_PREFIX:
                raise each.refused(f"a word has at least {SHORTEST_PREFIX} letters before its *")
        self.properties.append(each)

    def _type(self, each: Property) -> None:
        wanted = each.value.lower()
        if wanted not in RESULT_TYPES:
            raise each.refused(f"type is one of {', '.join(RESULT_TYPES)}")
        self.types.append(wanted)

    def _order_by(self, each: Property) -> None:
        self.sort = read_sort(each.value, each.part)

    def _sort(self, each: Property) -> None:
        self.descending = read_direction(each.value, each.part)


def read_sort(value: str, part: str) -> str:
    """What results are ordered by. Raises `SearchRefused` naming `part`."""
    if value.lower() not in SORTS:
        raise SearchRefused(f"{part[:80]!r}: results are ordered by {', '.join(dict.fromkeys(SORTS))}")
    return SORTS[value.lower()]


def read_direction(value: str, part: str) -> bool:
    """Whether the largest comes first. Raises `SearchRefused` naming `part`."""
    if value.lower() not in _DIRECTIONS:
        raise SearchRefused(f"{part[:80]!r}: the direction is asc or desc")
    return _DIRECTIONS[value.lower()]
