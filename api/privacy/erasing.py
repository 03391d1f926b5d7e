"""Erases a person: one transaction takes them out of every table, then their files go, then what the database's files
still hold of them.

The transaction leaves a row in `erasures` with what is to be done after it, so whatever stops in between is gone on with
(`resume`) by the next erasure, by `copilot privacy resume` and each night. Erasing again removes nothing and harms nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, String, and_, delete, select, text, update
from sqlalchemy.orm import Session

from api.chat.models import Attachment
from api.database import Database, utc_now
from api.errors import Conflict
from api.files.storing import ORPHAN, THUMBNAIL
from api.notifications.models import OutboxMail
from api.privacy.auditing import enter
from api.privacy.columns import Kind, columns_of
from api.privacy.copies import erase_answers, erase_mentions, erase_questions, questions_of
from api.privacy.models import Erasure
from api.privacy.person import Person, among, find_person, is_staff
from api.privacy.rules import RULES, Rule
from api.settings import Settings
from api.tickets.backends.models import RemoteTicket
from api.tickets.models import Ticket, TicketComment
from api.tickets.search_index import index_ticket
from bot.catalog import Catalog

OPEN = ("new", "open", "pending", "hold")


@dataclass
class Report:
    """What an erasure removes, or removed. Nothing in it tells of whom.

    `removed`: rows by table, `files`: by folder. `open_tickets` stay in the queues; `remote` are counterparts in another
    system, which is to be asked there.
    """

    removed: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    open_tickets: list[int] = field(default_factory=list)
    remote: list[str] = field(default_factory=list)
    finished: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "removed": self.removed,
            "files": self.files,
            "open_tickets": self.open_tickets,
            "remote": self.remote,
        }


def erase(settings: Settings, database: Database, catalog: Catalog, who: str, *, dry_run: bool = False) -> Report:
    """Erase whoever `find_person` finds by `who`. With `dry_run` nothing is changed, and the report says what would be.

    Raises as `find_person`; `Conflict` for an address of staff.
    """
    if not dry_run:
        resume(settings, database)
    report = Report()
    try:
        with database.write() as session:
            person = find_person(session, who)
            if is_staff(session, person):
                raise Conflict(
                    "That is an address of somebody of staff: their conversations count nowhere, and would begin to. Give"
                    " their account another address first."
                )
            report, leftovers = take_out(session, settings, catalog, person)
            if dry_run:
                raise _Undone
            if report.removed:
                number = "nobody known" if person.customer_id is None else f"customer {person.customer_id}"
                enter(session, "person_erased", None, number)
                session.add(Erasure(customer_id=person.customer_id, leftovers=leftovers, report=report.as_dict()))
    except _Undone:
        return report
    resume(settings, database)
    report.finished = True
    return report


class _Undone(Exception):
    """Rolls back a dry run."""


def resume(settings: Settings, database: Database) -> int:
    """Finish what erasures have left to do: files, and the database's own. How many of them were finished."""
    with database.read() as session:
        waiting = list(session.scalars(select(Erasure).where(Erasure.finished_at.is_(None)).order_by(Erasure.id)))
    if not waiting:
        return 0
    for each in waiting:
        for name in each.leftovers:
            remove_file(settings.var, name)
    clean(database)
    with database.write() as session:
        for some in among(Erasure.id, [each.id for each in waiting]):
            session.execute(update(Erasure).where(some).values(leftovers=[], finished_at=utc_now()))
    return len(waiting)


def clean(database: Database) -> None:
    """Have the database write over what was deleted: in its pages, in its full-text index and in its write-ahead log.

    SQLite: merges the full-text index, writes the file anew (VACUUM) and empties the log; writers wait for that, some
    seconds a gigabyte. PostgreSQL: VACUUM, after which no query finds the old rows; its files keep the bytes until the room
    is used again, and its write-ahead log until it is recycled.
    """
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.sqlite:
            driver: Any = connection.connection.dbapi_connection
            driver.execute("INSERT INTO ticket_words (ticket_words) VALUES ('optimize')")
            driver.execute("PRAGMA secure_delete = ON")
            driver.execute("VACUUM")
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            driver.execute("PRAGMA secure_delete = OFF")
        else:
            connection.execute(text("VACUUM"))


def take_out(session: Session, settings: Settings, catalog: Catalog, person: Person) -> tuple[Report, list[str]]:
    """Take whatever is the person's out of the tables, in the session's transaction; also the files that go after it."""
    report = Report(open_tickets=_open(session, person), remote=_counterparts(session, person))
    leftovers, report.files = _files(session, settings, person)
    asked = questions_of(session, person)
    choices = _choices(catalog)
    removed: Counter[str] = Counter()
    reindexed = set(person.tickets)
    for some in among(TicketComment.id, person.comments):
        reindexed.update(session.scalars(select(TicketComment.ticket_id).where(some)))
    removed.update(erase_answers(session, person))
    for rule in RULES:
        removed[rule.table.name] += _apply(session, rule, person, choices)
    removed.update(erase_questions(session, asked))
    removed.update(erase_mentions(session, person))
    session.expire_all()
    if any(removed[name] for name in ("tickets", "ticket_comments")):
        for number in sorted(reindexed):
            ticket = session.get(Ticket, number)
            if ticket is not None:
                index_ticket(session, ticket)
    report.removed = {name: count for name, count in sorted(removed.items()) if count}
    return report, leftovers


def _apply(session: Session, rule: Rule, person: Person, choices: frozenset[str]) -> int:
    """Delete or empty the person's rows of one table. How many there were that held anything."""
    table = rule.table
    keys = list(table.primary_key)
    names = columns_of(table.name, Kind.PERSON, Kind.HASHED)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for condition in rule.rows(person):
        for each in session.execute(select(table).where(condition)).mappings():
            found[tuple(each[key.name] for key in keys)] = dict(each)
    changed = 0
    for key, row in found.items():
        where = and_(*(column == value for column, value in zip(keys, key, strict=True)))
        if rule.delete:
            session.execute(delete(table).where(where))
            changed += 1
            continue
        values = {name: _blank(table.c[name]) for name in names}
        values |= {name: make(row, choices) for name, make in rule.put.items()}
        if any(values[name] != row[name] for name in names):
            session.execute(update(table).where(where).values(values))
            changed += 1
    return changed


def _blank(column: Any) -> Any:
    """What an emptied column holds."""
    if column.nullable:
        return None
    if isinstance(column.type, Boolean):
        return False
    if isinstance(column.type, JSON):
        return column.default.arg(None) if column.default is not None and column.default.is_callable else {}
    if isinstance(column.type, String):
        return ""
    raise TypeError(f"{column}: say in api/privacy/rules.py what it holds when it is emptied")


def _files(session: Session, settings: Settings, person: Person) -> tuple[list[str], dict[str, int]]:
    """The person's files, by their names within the folder of what is written at run time, and how many by folder."""
    rules = {rule.table.name: rule for rule in RULES}
    names = []
    for condition in rules["attachments"].rows(person):
        for file_id in session.scalars(select(Attachment.id).where(condition)):
            names += [f"attachments/{file_id}{end}" for end in ("", THUMBNAIL, ORPHAN, THUMBNAIL + ORPHAN)]
    folder = settings.var / "mail"
    kept = {path.name.partition("-")[0]: path.name for path in folder.glob("*.eml")} if folder.is_dir() else {}
    for condition in rules["outbox_mails"].rows(person):
        for number in session.scalars(select(OutboxMail.id).where(condition)):
            name = kept.get(f"{number:08d}")
            if name is not None:
                names.append(f"mail/{name}")
    names = list(dict.fromkeys(names))
    there = Counter(name.partition("/")[0] for name in names if (settings.var / name).is_file())
    return names, dict(there)


def remove_file(var: Path, name: str) -> None:
    """Delete a file below `var`; nothing happens where it is gone already."""
    path = var / name
    if path.is_file() and path.resolve().is_relative_to(var.resolve()):
        # Over its bytes first: what takes their place on the disk may be long in coming.
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
        path.unlink()


def _open(session: Session, person: Person) -> list[int]:
    found: list[int] = []
    for some in among(Ticket.id, person.tickets):
        found += session.scalars(select(Ticket.id).where(some, Ticket.status.in_(OPEN), Ticket.deleted_at.is_(None)))
    return sorted(found)


def _counterparts(session: Session, person: Person) -> list[str]:
    found: list[str] = []
    for some in among(RemoteTicket.ticket_id, person.tickets):
        rows = session.execute(
            select(RemoteTicket.backend, RemoteTicket.remote_id).where(some, RemoteTicket.remote_id.is_not(None))
        )
        found += [f"{backend} {number}" for backend, number in rows]
    return sorted(found)


def _choices(catalog: Catalog) -> frozenset[str]:
    """Ids of the fields whose values are chosen from a list."""
    return frozenset({"language", "scenario", *(each.id for each in catalog.fields if each.kind == "choice")})
