"""How each step of the ticket form is asked: one short message, with what may be chosen."""

from __future__ import annotations

from actions.said import Said
from actions.tickets import fields
from actions.tickets.fields import CODE, CONFIRM, DONE, EMAIL, SKIPPED
from actions.tickets.form import TicketForm
from actions.tickets.summary import field_label, summary_fields, summary_text
from bot.expected import waiting_text
from bot.turn import Choice
from bot.voice import option

# From so many misses on, a question comes with more help.
STUCK = 2


def question(form: TicketForm, step: str, *, after_outage: bool = False) -> Said:
    """What to say to get the answer of a step."""
    voice = form.voice
    if step in form.details:
        return _detail(form, step)
    match step:
        case "email":
            return _email(form, after_outage=after_outage)
        case "code":
            resend = voice.choice("code.resend", "choice_code_resend", "inform", {"code": "resend"})
            return Said(
                voice.message("ask_code", email=form.values["email"]),
                asks=CODE,
                choices=(resend, *_way_out(form, CODE, after_outage=after_outage)),
            )
        case "outage":
            return _outage(form)
        case "confirm":
            return _summary(form)
        case "confirm_change":
            return Said(voice.message("ask_confirm_change"), asks=CONFIRM, choices=_changeable(form))
        case "attachments":
            return _attachments(form)
    return _field(form, step)


def _email(form: TicketForm, *, after_outage: bool) -> Said:
    voice = form.voice
    out = _way_out(form, EMAIL, after_outage=after_outage)
    stuck = bool(out) and not after_outage
    key = "email_stuck" if stuck else "ask_email_after_outage" if after_outage else "ask_email"
    return Said(voice.message(key), asks=EMAIL, choices=out)


def _way_out(form: TicketForm, step: str, *, after_outage: bool) -> tuple[Choice, ...]:
    """After an outage the ticket is open: the address can be kept. Else only without a ticket, once nothing else helps."""
    if after_outage:
        return (form.voice.choice(f"{step}.{SKIPPED}", "choice_no_email", "skip"),)
    if form.misses(step) < STUCK:
        return ()
    return (form.voice.choice(f"{step}.cancel", "choice_cancel", "cancel"),)


def _outage(form: TicketForm) -> Said:
    voice = form.voice
    choices = [
        voice.choice("confirm.yes", "choice_outage_yes", "affirm"),
        voice.choice("confirm.no", "choice_outage_no", "deny"),
    ]
    text = voice.message("ask_outage")
    if form.misses("outage") >= STUCK:
        choices.append(voice.choice("confirm.person", "choice_person", "talk_to_person"))
        text = f"{voice.message('outage_still_unclear')} {text}"
    return Said(text, asks=CONFIRM, choices=tuple(choices))


def _summary(form: TicketForm) -> Said:
    voice = form.voice
    expected = waiting_text(form.catalog, voice.language, form.expected, form.heard.now)
    text = f"{summary_text(voice, form.values, form.heard.attachments)}\n{expected}"
    choices = [
        voice.choice("confirm.yes", "choice_confirm_yes", "affirm"),
        voice.choice("confirm.change", "choice_confirm_change", "change_field"),
    ]
    existing = form.existing
    if existing is not None:
        number, title = existing
        text = f"{voice.message('looks_like', id=number, title=title)}\n\n{text}"
        label = voice.message("choice_existing", id=number)
        choices.append(Choice("confirm.existing", label, "inform", {"confirm": "existing"}))
    return Said(text, asks=CONFIRM, choices=tuple(choices))


def _detail(form: TicketForm, name: str) -> Said:
    voice = form.voice
    label = voice.label("details", name)
    explained = form.catalog.help("details", name, voice.language)
    detail = f"{label} ({explained.rstrip('.')})" if explained else label
    if form.details[name] == "attachment":
        done = voice.choice(f"{name}.{DONE}", "choice_attachments_done", "inform", {"attachments": DONE})
        return Said(voice.message("ask_detail_file", detail=detail), asks=name, choices=(done, skip_choice(form, name)))
    return Said(voice.message("ask_detail", detail=detail), asks=name, choices=(skip_choice(form, name),))


def _field(form: TicketForm, name: str) -> Said:
    voice = form.voice
    field = fields.field_named(form.catalog, name)
    if field is None:
        raise KeyError(f"the ticket has no field {name!r}")
    offered = fields.options(form.catalog, name, form.values, form.heard.platforms)
    choices = [
        option(voice, name, value, value if fields.is_platform(field) else voice.label(field.label_kind, value))
        for value in offered
    ]
    if name not in fields.required(form.catalog, form.values) and name != "category":
        choices.append(skip_choice(form, name))
    elif not offered and form.misses(name) >= STUCK:
        choices.append(voice.choice(f"{name}.cancel", "choice_cancel", "cancel"))
    key = f"ask_{name}"
    if fields.is_platform(field) and not offered:
        key = "ask_platform_typed"
    if f"messages.{key}" in form.catalog.wording(voice.language):
        text = voice.message(key)
    else:  # a field that a deployment added
        text = voice.message("ask_other_field", field=voice.label("fields", name))
    return Said(text, asks=name, choices=tuple(choices))


def _attachments(form: TicketForm) -> Said:
    voice = form.voice
    text = voice.message("ask_attachments")
    choices = [skip_choice(form, "attachments")]
    done = voice.choice("attachments.done", "choice_attachments_done", "inform", {"attachments": DONE})
    return Said(text, asks="attachments", choices=(done, *choices))


def skip_choice(form: TicketForm, name: str) -> Choice:
    return form.voice.choice(f"{name}.{SKIPPED}", "choice_skip", "skip")


def _changeable(form: TicketForm) -> tuple[Choice, ...]:
    names = summary_fields(form.voice, form.values)
    return tuple(
        Choice(
            name=f"confirm.{name}",
            label=field_label(form.voice, name),
            intent="change_field",
            entities={"field": name},
        )
        for name in names
    )
