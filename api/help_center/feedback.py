"""What customers themselves said of the answers they were shown, as labelled questions; and what they asked.

A "yes, that solved it" makes a question with an article that answers it: the one that was opened from the answer, else the
first that was shown. A "no", or a ticket opened after the answer, makes a question that those articles do not answer. A
"yes" that a ticket followed says nothing. The questions are taken as they were searched, without anything about who asked:
no id of a conversation or customer, and addresses and long numbers in them are blanked.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.chat.models import Conversation, Message
from api.database import Database
from api.leads.models import AnswerReview, PinnedArticle
from api.metrics.events import Event, EventType
from knowledge_base.queries import LabelledQuery
from knowledge_base.text import fold

# Below this a share's 95 % interval is wider than +-.14, and a confidence fitted to it would follow chance.
FEWEST = 50
# Of either outcome: with fewer the fit would learn who bothers to press the button.
FEWEST_OF_EACH = 10
# The newest; older ones judge answers of articles that have changed since.
MOST = 5_000
# Of one question: a popular one, or one visitor who presses the same button all day, must not be most of the evidence.
MOST_OF_ONE = 5

LABELS_FILE = "customers.jsonl"

# A customer's words with what could tell who it was blanked: addresses, then numbers as long as a telephone's.
_ADDRESS = re.compile(r"[^\s@<>(),;:]+@[^\s@<>(),;:]+\.[^\s@<>(),;:]+")
_LONG_NUMBER = re.compile(r"[+(]{0,2}\d(?:[\s().-]{0,2}\d){6,}")

_TOLD = (
    EventType.SEARCHED,
    EventType.ANSWER_SHOWN,
    EventType.ANSWER_OPENED,
    EventType.SOLVED_YES,
    EventType.SOLVED_NO,
    EventType.TICKET_OPENED,
)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer as it was shown: the message's turn, what had been searched for, and the articles."""

    conversation_id: str
    turn_id: str
    query: str
    locale: str
    article_ids: tuple[str, ...]


@dataclass(slots=True)
class Verdict:
    """What was said of the answer of one turn."""

    solved: bool | None = None
    opened: tuple[str, ...] = ()


def feedback_queries(database: Database) -> list[LabelledQuery]:
    """Labelled questions of the newest answers that a customer judged, newest first; ids tell nothing of who asked. Test
    conversations are left out, as they are of every figure."""
    with database.read() as session:
        shown = _shown(session)
        verdicts = _verdicts(session, {each.conversation_id for each in shown})
    found: list[LabelledQuery] = []
    counted: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, str, str]] = set()
    for each in shown:
        verdict = verdicts.get((each.conversation_id, each.turn_id))
        query = blanked(each.query)
        key = (each.locale, fold(query))
        # Once a conversation: whoever tries the same again is still one customer.
        if verdict is None or verdict.solved is None or not query or (each.conversation_id, *key) in seen:
            continue
        seen.add((each.conversation_id, *key))
        counted[key] += 1
        if counted[key] > MOST_OF_ONE:
            continue
        helped = tuple(one for one in verdict.opened if one in each.article_ids) or each.article_ids[:1]
        found.append(
            LabelledQuery(
                id=_id(each),
                query=query,
                locale=each.locale,
                relevant=helped if verdict.solved else (),
                kind="customer",
                answered=verdict.solved,
            )
        )
    return found


def reviewed_queries(database: Database) -> list[LabelledQuery]:
    """Labelled questions of the answers that a lead marked right or wrong, and of the articles that one pinned."""
    with database.read() as session:
        marked = {
            (conversation_id, turn_id): right
            for conversation_id, turn_id, right in session.execute(
                select(AnswerReview.conversation_id, AnswerReview.turn_id, AnswerReview.right)
            )
        }
        pins = list(session.scalars(select(PinnedArticle).order_by(PinnedArticle.id)))
        shown = _shown_in(session, sorted({turn for _, turn in marked if turn}))
    found = [
        LabelledQuery(
            id=_id(each),
            query=blanked(each.query),
            locale=each.locale,
            relevant=each.article_ids[:1] if marked[each.conversation_id, each.turn_id] else (),
            kind="lead",
            answered=marked[each.conversation_id, each.turn_id],
        )
        for each in shown
        if (each.conversation_id, each.turn_id) in marked and blanked(each.query)
    ]
    for pin in pins:
        query = blanked(pin.question)
        if query:
            name = f"pin-{pin.id}"
            found.append(
                LabelledQuery(
                    id=name, query=query, locale=pin.language, relevant=(pin.article_id,), kind="lead", answered=True
                )
            )
    return found


def enough(labels: Sequence[LabelledQuery]) -> bool:
    """Whether the confidence may learn from them."""
    outcomes = Counter(each.answered for each in labels)
    return len(labels) >= FEWEST and min(outcomes[True], outcomes[False]) >= FEWEST_OF_EACH


def asked_queries(database: Database, newest: int) -> list[LabelledQuery]:
    """What was searched for last, newest first, each as often as it was asked; for a replay."""
    with database.read() as session:
        return [
            LabelledQuery(id=_id(each), query=each.query, locale=each.locale, kind="asked")
            for each in _shown(session, newest, searches=True)
        ]


def write_labels(labels: Iterable[LabelledQuery], folder: Path) -> Path:
    """A labels file in `folder`, readable by its owner only: the same bytes for the same labels, so that a build sees
    whether anything was said since."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / LABELS_FILE
    aside = path.with_name(f".{LABELS_FILE}.{os.getpid()}")
    lines = sorted(each.model_dump_json(exclude_none=True) for each in labels)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
    aside.replace(path)
    return path


def labels_for_build(database: Database, var: Path, given: Sequence[LabelledQuery] = ()) -> Path | None:
    """The labels file that a build of the index in use takes (`<var>/labels/customers.jsonl`): what customers said, where
    that is enough, and those that were `given`. None, and no file left behind, where there are none."""
    reviewed = reviewed_queries(database)
    known = {each.id for each in reviewed}
    # What a lead said of an answer goes before what its customer said.
    labels = [each for each in feedback_queries(database) if each.id not in known]
    taken = [*given, *reviewed, *(labels if enough(labels) else ())]
    folder = var / "labels"
    if not taken:
        (folder / LABELS_FILE).unlink(missing_ok=True)
        return None
    return write_labels(taken, folder)


def blanked(text: str) -> str:
    """The question without mail addresses and without numbers of seven digits and more."""
    return " ".join(_LONG_NUMBER.sub(" ", _ADDRESS.sub(" ", text)).split())


def _id(shown: Shown) -> str:
    return "c-" + hashlib.sha256(f"{shown.conversation_id}/{shown.turn_id}".encode()).hexdigest()[:16]


def _shown(session: Session, most: int = MOST, *, searches: bool = False) -> list[Shown]:
    """The newest answers in customers' conversations; `searches`: instead every search, also one that found nothing or led
    to a question which topic is meant, and without the answer to that, for which nothing was searched."""
    of_kind = or_(Message.kind == "answer", Message.asks == "clarify") if searches else Message.kind == "answer"
    query = (
        select(Message.conversation_id, Message.turn_id, Message.language, Message.answer)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(of_kind, Message.role == "copilot", Conversation.is_test.is_(False))
        .order_by(Message.id.desc())
        .execution_options(yield_per=_CHUNK)
    )
    found: list[Shown] = []
    for conversation_id, turn_id, language, answer in session.execute(query):
        if len(found) == most:
            break
        told = answer or {}
        asked = " ".join(str(told.get("query") or "").split())
        ids = tuple(passage["article_id"] for passage in told.get("passages") or ())
        wanted = not told.get("clarified") if searches else bool(ids)
        if asked and turn_id and wanted:
            found.append(Shown(conversation_id, turn_id, asked, language, ids))
    return found


def _shown_in(session: Session, turns: list[str]) -> list[Shown]:
    """The answers of these turns."""
    found = []
    for chunk in _chunks(turns):
        query = select(Message.conversation_id, Message.turn_id, Message.language, Message.answer).where(
            Message.turn_id.in_(chunk), Message.kind == "answer", Message.role == "copilot"
        )
        for conversation_id, turn_id, language, answer in session.execute(query):
            told = answer or {}
            asked = " ".join(str(told.get("query") or "").split())
            ids = tuple(passage["article_id"] for passage in told.get("passages") or ())
            if asked and turn_id and ids:
                found.append(Shown(conversation_id, turn_id, asked, language, ids))
    return found


def _verdicts(session: Session, conversations: Iterable[str]) -> dict[tuple[str, str], Verdict]:
    """By conversation and the turn that showed the answer."""
    found: dict[tuple[str, str], Verdict] = {}
    for chunk in _chunks(sorted(conversations)):
        rows = session.execute(
            select(Event.conversation_id, Event.turn_id, Event.type, Event.data, Event.at)
            .where(Event.conversation_id.in_(chunk), Event.type.in_(_TOLD))
            .order_by(Event.conversation_id, Event.at, Event.id)
        )
        answer: Verdict | None = None
        of = ""
        for conversation_id, turn_id, kind, data, _at in rows:
            if conversation_id != of:
                of, answer = conversation_id, None
            answer = _told(found, answer, (conversation_id, turn_id or ""), kind, data or {})
    return found


def _told(
    found: dict[tuple[str, str], Verdict],
    answer: Verdict | None,
    key: tuple[str, str],
    kind: str,
    data: dict[str, Any],
) -> Verdict | None:
    """Takes the next event of a conversation into account; returns the answer that stands after it."""
    match kind:
        case EventType.SEARCHED:
            return None
        case EventType.ANSWER_SHOWN:
            return found.setdefault(key, Verdict())
        case EventType.ANSWER_OPENED if answer is not None:
            answer.opened = (*answer.opened, str(data.get("article_id")))
        case EventType.SOLVED_YES if answer is not None:
            answer.solved = True
        case EventType.SOLVED_NO if answer is not None:
            answer.solved = False
        case EventType.TICKET_OPENED if answer is not None:
            answer.solved = None if answer.solved else False
            return None
    return answer


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
