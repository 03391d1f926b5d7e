"""Macros: checked when they are written, and what they make of a ticket."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.database import utc_now
from api.desk.models import Macro
from api.desk.placeholders import KNOWN, filled, unknown_placeholders, values_for
from api.desk.schemas import MacroAction, MacroIn, MacroOut
from api.errors import NotFound
from api.identity.models import Customer, StaffUser
from api.identity.principal import Principal
from api.services import Services
from api.settings import Settings
from api.tickets.errors import FieldProblem, TicketRejected
from api.tickets.models import Ticket
from api.tickets.rules import LONGEST_TEXT
from api.tickets.shapes import split_user_id, staff_user_id
from bot.catalog import Catalog

_TAGS = frozenset({"current_tags", "set_tags", "remove_tags"})
_CUSTOM = "custom_fields_"
_MODE = "comment_mode_is_public"


def list_macros(session: Session, *, active: bool | None = None) -> list[Macro]:
    """Macros in their order; only those (not) in use where `active` says so."""
    query = select(Macro).order_by(Macro.position, Macro.id)
    return list(session.scalars(query if active is None else query.where(Macro.active == active)))


def macro_by_id(session: Session, macro_id: int) -> Macro:
    """The macro. Raises `NotFound`."""
    macro = session.get(Macro, macro_id) if 0 < macro_id < 2**31 else None
    if macro is None:
        raise NotFound(f"There is no macro {macro_id}.")
    return macro


def write_macro(session: Session, catalog: Catalog, body: MacroIn, macro: Macro | None = None) -> Macro:
    """Make a macro, or change one: what is given replaces what was. Raises `TicketRejected`, naming every mistake."""
    problems: list[FieldProblem] = []
    macro = macro or Macro(title="", active=True, public=True, texts={}, actions=[], position=0, updated_at=utc_now())
    if body.title is not None:
        macro.title = body.title.strip()
    if not macro.title:
        problems.append(FieldProblem("title", "BlankValue", "Title: cannot be blank"))
    if "description" in body.model_fields_set:
        macro.description = body.description
    if body.active is not None:
        macro.active = body.active
    if body.position is not None:
        macro.position = body.position
    texts = dict(macro.texts)
    if body.actions is not None:
        _read_actions(session, catalog, body.actions, macro, texts, problems)
    if body.texts is not None:
        texts = {language: text for language, text in body.texts.items() if text.strip()}
    _check_texts(catalog, texts, problems)
    macro.texts = texts
    if not macro.texts and not macro.actions:
        problems.append(FieldProblem("actions", "BlankValue", "Actions: a macro says or changes something"))
    if problems:
        raise TicketRejected(problems)
    macro.updated_at = utc_now()
    session.add(macro)
    session.flush()
    return macro


def applied(services: Services, principal: Principal, macro: Macro, ticket: Ticket, session: Session) -> dict[str, Any]:
    """What a PUT of the ticket would take, in the ticket's language. Nothing is stored."""
    requester = session.get(Customer, ticket.requester_id) if ticket.requester_id is not None else None
    agent = session.get(StaffUser, principal.staff_id) if principal.staff_id is not None else None
    result: dict[str, Any] = {}
    text = _text(macro, services.catalog, ticket.language)
    if text:
        values = values_for(ticket, requester, agent, services.catalog, services.settings)
        result["comment"] = {"body": filled(text, values), "public": macro.public}
    tags = list(ticket.tags)
    for action in macro.actions:
        name, value = action["field"], action["value"]
        if name == "assignee_id":
            result[name] = _assignee(value, principal)
        elif name in _TAGS:
            tags = _tagged(name, tags, _words(value))
            result["tags"] = tags
        elif name.startswith(_CUSTOM):
            result.setdefault("custom_fields", []).append({"id": name.removeprefix(_CUSTOM), "value": value})
        else:
            result[name] = value
    return {"id": ticket.id, **result}


def preview(services: Services, macro: Macro) -> dict[str, Any]:
    """What a macro does to any ticket, its placeholders left as they are."""
    text = _text(macro, services.catalog, services.catalog.default_language)
    comment = {"comment": {"body": text, "public": macro.public}} if text else {}
    plain = {each["field"]: each["value"] for each in macro.actions if not each["field"].startswith(_CUSTOM)}
    custom = [
        {"id": each["field"].removeprefix(_CUSTOM), "value": each["value"]}
        for each in macro.actions
        if each["field"].startswith(_CUSTOM)
    ]
    return {**plain, **({"custom_fields": custom} if custom else {}), **comment}


def macro_out(macro: Macro, settings: Settings, catalog: Catalog) -> MacroOut:
    """In Zendesk's shape; its comment in the deployment's language is the action ``comment_value``."""
    text = _text(macro, catalog, catalog.default_language)
    said: list[dict[str, Any]] = []
    if text:
        said = [{"field": "comment_value", "value": text}, {"field": _MODE, "value": macro.public}]
    return MacroOut(
        id=macro.id,
        url=f"{settings.public_url}/api/v2/macros/{macro.id}.json",
        title=macro.title,
        raw_title=macro.title,
        description=macro.description,
        active=macro.active,
        default=False,
        position=macro.position,
        actions=[MacroAction(**each) for each in [*said, *macro.actions]],
        texts=macro.texts,
        created_at=f"{macro.created_at:%Y-%m-%dT%H:%M:%SZ}",
        updated_at=f"{macro.updated_at:%Y-%m-%dT%H:%M:%SZ}",
    )


def _text(macro: Macro, catalog: Catalog, language: str) -> str:
    for each in (language, catalog.default_language, *sorted(macro.texts)):
        if macro.texts.get(each):
            return macro.texts[each]
    return ""


def _read_actions(
    session: Session,
    catalog: Catalog,
    actions: list[MacroAction],
    macro: Macro,
    texts: dict[str, str],
    problems: list[FieldProblem],
) -> None:
    kept: list[dict[str, Any]] = []
    for action in actions:
        name, value = action.field, action.value
        if name in ("comment_value", "comment_value_html"):
            # Zendesk writes ["channel:all", text] as well.
            text = value[-1] if isinstance(value, list) and value else value
            texts[catalog.default_language] = str(text or "")
        elif name == _MODE:
            macro.public = str(value).lower() in ("true", "1")
        elif problem := _problem(session, catalog, name, value):
            problems.append(FieldProblem("actions", "InvalidValue", f"Actions: {problem}"))
        else:
            kept.append({"field": name, "value": value})
    macro.actions = kept


def _problem(session: Session, catalog: Catalog, name: str, value: Any) -> str | None:
    if name == "status":
        known = [each.id for each in catalog.statuses if each.id not in ("new", "closed")]
        return None if value in known else f"status must be one of {', '.join(known)}"
    if name == "priority":
        return None if value in catalog.priorities else f"priority must be one of {', '.join(catalog.priorities)}"
    if name == "assignee_id":
        return None if value == "current_user" or _is_staff(session, value) else "assignee_id is no member of staff"
    if name in _TAGS:
        return None if _words(value) else f"{name} needs tags with spaces between"
    if name.startswith(_CUSTOM):
        field = name.removeprefix(_CUSTOM)
        known_fields = [each.id for each in catalog.fields]
        return None if field in known_fields else f"there is no field {field[:64]!r}"
    return f"there is no action {name[:64]!r}"


def _is_staff(session: Session, value: Any) -> bool:
    if not str(value).isdecimal() or not 0 < int(str(value)[:12]) < 2**31:
        return False
    _, staff_id = split_user_id(int(value))
    return staff_id is not None and session.get(StaffUser, staff_id) is not None


def _assignee(value: Any, principal: Principal) -> int | None:
    if value == "current_user":
        return staff_user_id(principal.staff_id) if principal.staff_id is not None else None
    return int(value)


def _words(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else str(value or "").split()


def _tagged(name: str, tags: list[str], words: list[str]) -> list[str]:
    if name == "set_tags":
        return words
    if name == "remove_tags":
        return [each for each in tags if each not in words]
    return list(dict.fromkeys([*tags, *words]))


def _check_texts(catalog: Catalog, texts: dict[str, str], problems: list[FieldProblem]) -> None:
    for language, text in texts.items():
        if language not in catalog.languages:
            known = ", ".join(catalog.languages)
            problems.append(FieldProblem("texts", "InvalidValue", f"Texts: languages are {known}"))
        if len(text) > LONGEST_TEXT:
            problems.append(FieldProblem("texts", "TooLong", f"Texts: at most {LONGEST_TEXT} characters"))
        if wrong := unknown_placeholders(text):
            cure = f"Texts: there is no {{{{{wrong[0][:64]}}}}} (there are {', '.join(KNOWN)})"
            problems.append(FieldProblem("texts", "InvalidValue", cure))
