"""The page of the weekly report: what the next one would say, and whether the lead gets it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.identity.models import StaffUser
from api.leads.context import Context
from api.leads.page import Cell, Column, PageParts, Section, Table
from api.leads.weekly import context_of, draft_for, subscription_of, values_of
from api.notifications.mail import compose, subject_of

FIGURES = ("rate", "change", "asked", "tickets", "satisfaction")


def report(session: Session, context: Context) -> PageParts:
    """The whole page."""
    say, copilot = context.say, context.copilot
    held = subscription_of(session, copilot, context.principal.staff_id or 0)
    values = values_of(session, context_of(copilot, context.principal, say.language, context.now))
    columns = (Column("figure", say("columns.figure")), Column("value", say("columns.rate"), wide=True))
    rows = tuple((Cell(name, say(f"report.names.{name}")), Cell(values[name], values[name])) for name in FIGURES)
    query = context.chosen.query(lang=say.language)
    preview = Section(
        "preview",
        say("report.preview"),
        Table(columns, rows),
        note=say("report.preview_note", first=values["first"], last=values["last"]),
        template="leads/_report.html",
        values={
            "held": held,
            "languages": [(each, say.value_of("language", each)) for each in copilot.catalog.languages],
            "action": f"/leads/report/subscription?{query}",
            "address": context.principal.email or "",
            "mail": f"/leads/report/mail?lang={say.language}",
        },
    )
    return PageParts([preview], lead=say("report.lead"))


def mail_of(session: Session, context: Context) -> tuple[str, str, str]:
    """Subject, text and HTML of the mail as it would be written now."""
    copilot = context.copilot
    staff = session.get(StaffUser, context.principal.staff_id) or StaffUser(id=0, email="lead@localhost", name="")
    draft = draft_for(session, copilot, staff, context.now, context.say.language)
    subject = subject_of(copilot.catalog, draft.template, draft.language, draft.values)
    return (subject, *compose(copilot.catalog, draft, subject))
