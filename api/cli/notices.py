"""`copilot notices`: publish an ongoing problem or planned work, tell news of it, end it."""

from __future__ import annotations

import enum
import sys
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cli.data import JsonFlag, open_database, print_json, print_table
from api.cli.notice_texts import NoticeFileError, TextOptions, read_notice_file, text_options
from api.database import Database, utc_now
from api.errors import Invalid
from api.identity.models import StaffUser
from api.notices import repository
from api.notices.models import ServiceNotice
from api.notices.publishing import publish, tell
from api.notices.schemas import NoticeIn, UpdateIn
from api.notices.shapes import staff_notices, written
from api.settings import Settings
from bot.catalog import Catalog

Shape = TypeVar("Shape", bound=BaseModel)

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Service notices: an ongoing problem, or planned work."
)

# `--title-es`, `--text-pt`: the languages are the catalog's, so these options cannot be written down here.
_BY_LANGUAGE = {"allow_extra_args": True, "ignore_unknown_options": True}


class KindName(enum.StrEnum):
    incident = "incident"
    maintenance = "maintenance"


class OpenState(enum.StrEnum):
    open = "open"
    monitoring = "monitoring"


class StateName(enum.StrEnum):
    open = "open"
    monitoring = "monitoring"
    resolved = "resolved"


By = Annotated[str | None, typer.Option(help="Address of the member of staff who says so.")]
FromFile = Annotated[
    Path | None, typer.Option("--file", exists=True, dir_okay=False, help="YAML with the texts: see docs/notices.md.")
]
NextUpdate = Annotated[str | None, typer.Option(help="When more will be told: 2026-01-31T15:00+00:00.")]
NoticeId = Annotated[int, typer.Argument(metavar="ID", help="The notice's number: `copilot notices list`.")]


@app.command("publish", context_settings=_BY_LANGUAGE)
def publish_notice(
    context: typer.Context,
    file: FromFile = None,
    kind: Annotated[KindName | None, typer.Option(help="What it is: incident, where nothing is said.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Affected category, by its id; may be repeated.")] = None,
    subcategory: Annotated[list[str] | None, typer.Option(help="Affected subcategory; may be repeated.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Affected topic; may be repeated.")] = None,
    started: Annotated[str | None, typer.Option(help="When it began; now, where nothing is said.")] = None,
    planned_from: Annotated[str | None, typer.Option(help="Planned work: its beginning.")] = None,
    planned_until: Annotated[
        str | None, typer.Option(help="Planned work: its end. A problem: when it should end.")
    ] = None,
    next_update: NextUpdate = None,
    by: By = None,
    as_json: JsonFlag = False,
) -> None:
    """Publish a notice: --title-es TEXT --text-es TEXT --keywords-es "one,two", the same for every other language."""
    with open_database() as (settings, database):
        catalog = Catalog.load(settings.data)
        given = _given(
            file,
            text_options(context.args, ("title", "text", "keywords"), catalog.languages),
            kind=kind.value if kind else None,
            categories=category,
            subcategories=subcategory,
            topics=topic,
            started_at=started,
            planned_from=planned_from,
            planned_until=planned_until,
            next_update_at=next_update,
        )
        body = _shaped(NoticeIn, given)
        with database.write() as session:
            notice = publish(session, catalog, body, _staff_id(session, by))
        _show(database, catalog, notice.id, "published", as_json=as_json)


@app.command("update", context_settings=_BY_LANGUAGE)
def update_notice(
    context: typer.Context,
    notice_id: NoticeId,
    file: FromFile = None,
    state: Annotated[
        OpenState | None, typer.Option(help="The notice's from now on; unchanged where not given.")
    ] = None,
    next_update: NextUpdate = None,
    by: By = None,
    as_json: JsonFlag = False,
) -> None:
    """Tell news: --text-es TEXT, the same for every other language. Every subscriber is mailed once."""
    with open_database() as (settings, database):
        catalog = Catalog.load(settings.data)
        texts = text_options(context.args, ("text",), catalog.languages)
        given = _given(file, texts, state=state.value if state else None, next_update_at=next_update)
        _tell(settings, database, catalog, notice_id, given, by, as_json=as_json)


@app.command("resolve", context_settings=_BY_LANGUAGE)
def resolve_notice(
    context: typer.Context, notice_id: NoticeId, file: FromFile = None, by: By = None, as_json: JsonFlag = False
) -> None:
    """End a notice: --text-es TEXT, the same for every other language. Every subscriber is mailed once, for the last time."""
    with open_database() as (settings, database):
        catalog = Catalog.load(settings.data)
        given = _given(file, text_options(context.args, ("text",), catalog.languages), state="resolved")
        _tell(settings, database, catalog, notice_id, given, by, as_json=as_json)


@app.command("list")
def list_notices(
    state: Annotated[StateName | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, newest first.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """Notices, newest first."""
    with open_database() as (settings, database), database.read() as session:
        catalog = Catalog.load(settings.data)
        found = repository.all_notices(session, state=state.value if state else None, limit=limit)
        shown = staff_notices(session, found, catalog)
    if as_json:
        print_json([each.model_dump(mode="json") for each in shown])
        return
    rows = [
        (
            each.id,
            each.state,
            each.kind,
            each.planned_from or each.started_at,
            each.planned_until,
            each.subscribers,
            each.title.get(catalog.default_language) or next(iter(each.title.values())),
        )
        for each in shown
    ]
    print_table(("id", "state", "kind", "since", "until", "subscribers", "title"), rows)


def _tell(
    settings: Settings,
    database: Database,
    catalog: Catalog,
    notice_id: int,
    given: dict[str, Any],
    by: str | None,
    *,
    as_json: bool,
) -> None:
    body = _shaped(UpdateIn, given)
    begun = utc_now()
    with database.write() as session:
        update = tell(session, catalog, settings, notice_id, body, _staff_id(session, by))
    done = "resolved" if body.state == "resolved" else "updated"
    _show(database, catalog, notice_id, "told so before" if update.at < begun else done, as_json=as_json)


def _given(file: Path | None, texts: TextOptions, **options: Any) -> dict[str, Any]:
    """What the file says, and over it what the options say."""
    try:
        given = read_notice_file(file) if file else {}
    except NoticeFileError as error:
        raise Invalid(str(error)) from error
    for name, by_language in texts.items():
        given[name] = {**given.get(name, {}), **by_language}
    given.update({name: value for name, value in options.items() if value})
    return given


def _shaped(shape: type[Shape], given: dict[str, Any]) -> Shape:
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise Invalid(f"The notice cannot be read: {told}.") from error


def _staff_id(session: Session, email: str | None) -> int | None:
    if email is None:
        return None
    found = session.scalar(select(StaffUser.id).where(StaffUser.email == email.strip().lower()))
    if found is None:
        raise Invalid(f"{email} is no member of staff: `copilot users list` shows who is.")
    return found


def _show(database: Database, catalog: Catalog, notice_id: int, done: str, *, as_json: bool) -> None:
    with database.read() as session:
        notice: ServiceNotice = repository.notice_by_id(session, notice_id)
        [shown] = staff_notices(session, [notice], catalog)
        untold = _untold(notice, catalog) if done != "published" else shown.missing
    if as_json:
        print_json(shown.model_dump(mode="json"))
        return
    told = f"; mails written: {shown.subscribers}" if done in ("updated", "resolved") else ""
    sys.stdout.write(f"Notice {notice_id} was {done}{told}.\n")
    for language, instead in untold.items():
        sys.stdout.write(f"There is no text in {language}: who reads {language} gets the one in {instead}.\n")


def _untold(notice: ServiceNotice, catalog: Catalog) -> dict[str, str]:
    texts = notice.updates[-1].texts
    return {each: written(texts, each, catalog).language for each in catalog.languages if not texts.get(each)}
