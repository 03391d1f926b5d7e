"""A draft of the article that a cluster lacks, made of what staff answered in the tickets that it led to.

It is a beginning, not an article: the customers' own words as symptoms, and the replies as they were written, each once,
without greetings, questions back and personal data. Markdown with the front matter of the sample help center, status DRAFT.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.metrics.gaps import Gap, gap
from api.privacy.masking import mask
from api.tickets.models import TicketComment
from bot.catalog import Catalog
from bot.wording import Wording
from knowledge_base.text import fold, terms

LONGEST_TITLE = 90
MOST_SYMPTOMS = 6
MOST_BLOCKS = 24
# Two replies that share this much of their words say the same.
_SAME = 0.75
# A line of so few words at either end of a reply is a greeting, a name or thanks, unless it has a figure or a path in it.
_GREETING_WORDS = 5
_LIST_LINE = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s+(.+)$")
# What would be markup in a customer's words.
_MARKUP = re.compile(r"([\\`*_\[\]<])")


@dataclass(frozen=True, slots=True)
class Draft:
    """`file` is a name for the download, `<slug>.md`."""

    file: str
    title: str
    markdown: str


def draft(session: Session, cluster_id: str, catalog: Catalog, *, now: dt.datetime) -> Draft:
    """A draft in the cluster's language. Without a ticket that answers it the steps are left to be written. Raises
    `NotFound`."""
    told = gap(session, cluster_id)
    language = told.language if told.language in catalog.languages else catalog.default_language
    blocks = _blocks(_replies(session, [each.ticket_id for each in told.tickets]), told.language)
    return _written(told, blocks, catalog.wording(language), now)


def _replies(session: Session, tickets: Sequence[int]) -> list[str]:
    """Public replies of staff, the tickets in their order, each one's from its first to its last."""
    rows = session.execute(
        select(TicketComment.ticket_id, TicketComment.body)
        .where(TicketComment.ticket_id.in_(tickets), TicketComment.public, TicketComment.staff_id.is_not(None))
        .order_by(TicketComment.id)
    ).all()
    order = {ticket: place for place, ticket in enumerate(tickets)}
    return [body for _, body in sorted(rows, key=lambda row: order[row[0]])]


def _written(told: Gap, blocks: Sequence[str], wording: Wording, now: dt.datetime) -> Draft:
    def say(key: str, **values: str) -> str:
        return wording.text(f"web.gaps.{key}", **values)

    title = _title(told)
    slug = _slug(title) or told.id
    moment = now.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    quoted = title.replace("'", "''")
    identity = hashlib.sha256(told.id.encode()).hexdigest()[:22]
    parts = [
        "---",
        f"title: '{quoted}'",
        f"id: {identity}",
        "status: DRAFT",
        f"createdAt: {moment}",
        f"updatedAt: {moment}",
        "publishedAt:",
        "contentType: tutorial",
        "productTeam: Support",
        f"slugEN: {slug}",
        f"locale: {told.language}",
        "---",
        "",
        say("intro"),
        "",
        f"## {say('symptoms')}",
        "",
        *(f"- {_escaped(each.text)}" for each in told.examples[:MOST_SYMPTOMS]),
        "",
        f"## {say('steps')}",
        "",
        *([line for block in blocks for line in (block, "")] or [say("no_steps"), ""]),
    ]
    if told.tickets:
        numbers = ", ".join(f"#{each.ticket_id}" for each in told.tickets)
        parts += [f"<!-- {say('made_of', tickets=numbers)} -->", ""]
    return Draft(f"{slug}.md", title, "\n".join(parts))


def _title(told: Gap) -> str:
    """The most central question as it was asked, or, where it is long, the words that tell."""
    asked = told.examples[0].text.strip(" .,;") if told.examples else ""
    title = asked if 0 < len(asked) <= LONGEST_TITLE else " ".join(told.terms) or told.id
    return (
        " ".join(title.split())[:LONGEST_TITLE].capitalize()
        if title.islower()
        else " ".join(title.split())[:LONGEST_TITLE]
    )


def _slug(title: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", fold(re.sub(r"\[[a-z ]+\]", " ", title))))[:80].strip("-")


def _blocks(replies: Iterable[str], language: str) -> list[str]:
    """Paragraphs and lists of the replies, masked, in order, each said once."""
    found: list[str] = []
    said: list[frozenset[str]] = []
    for reply in replies:
        for block in _paragraphs(reply):
            words = frozenset(terms(block, language))
            if not words or any(len(words & each) >= _SAME * min(len(words), len(each)) for each in said):
                continue
            said.append(words)
            found.append(mask(block))
            if len(found) == MOST_BLOCKS:
                return found
    return found


def _paragraphs(reply: str) -> list[str]:
    """Without greetings at the ends and questions back; list lines become one numbered list."""
    lines = [line.strip() for line in reply.replace("\r", "").split("\n")]
    while lines and (not lines[0] or _is_greeting(lines[0])):
        lines.pop(0)
    while lines and (not lines[-1] or _is_greeting(lines[-1])):
        lines.pop()
    found: list[str] = []
    listed: list[str] = []
    for line in [*lines, ""]:
        item = _LIST_LINE.match(line)
        if item:
            listed.append(item[1])
            continue
        if listed and line:
            found.append(_numbered(listed))
            listed = []
        if line and not line.endswith("?"):
            found.append(_escaped(line))
    if listed:
        found.append(_numbered(listed))
    return found


def _numbered(items: Sequence[str]) -> str:
    return "\n".join(f"{number}. {_escaped(item)}" for number, item in enumerate(items, start=1))


def _is_greeting(line: str) -> bool:
    few = len(line.split()) <= _GREETING_WORDS
    return few and not _LIST_LINE.match(line) and not re.search(r"[\d>/]|[.:]\S", line)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)
