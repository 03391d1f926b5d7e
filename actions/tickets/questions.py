"""How each step of the ticket form is asked: one short message, with what may be chosen."""

from __future__ import annotations

from actions.said import Said
from actions.tickets import fields
from actions.tickets.fields import CODE, CONFIRM, DONE, EMAIL, SKIPPED
from actions.tickets.form import TicketForm
from actions.tickets.summary import summary_fields, summary_text
from bot.turn import Choice
from bot.voice import option


def question(form: TicketForm, step: str, *, after_outage: bool = False) -> Said:
    """What to say to get the answer of a step."""
    voice = form.voice
    match step:
        case "email":
            return Said(voice.message("ask_email_after_outage" if after_outage else "ask_email"), asks=EMAIL)
        case "code":
            resend = voice.choice("code.resend", "choice_code_resend", "inform", {"code": "resend"})
            return Said(voice.message("ask_code", email=form.values["email"]), asks=CODE, choices=(resend,))
        case "outage":
            return Said(
                voice.message("ask_outage"),
                asks=CONFIRM,
                choices=(
                    voice.choice("confirm.yes", "choice_outage_yes", "affirm"),
                    voice.choice("confirm.no", "choice_outage_no", "deny"),
                ),
            )
        case "confirm":
            return Said(
                summary_text(voice, form.values, form.heard.attachments),
                asks=CONFIRM,
                choices=(
                    voice.choice("confirm.yes", "choice_confirm_yes", "affirm"),
                    voice.choice("confirm.change", "choice_confirm_change", "change_field"),
                ),
            )
        case "confirm_change":
            return Said(voice.message("ask_confirm_change"), asks=CONFIRM, choices=_changeable(form))
        case "attachments":
            return _attachments(form)
    return _field(form, step)


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
    if form.heard.attachments:
        text = f"{voice.message('attachments_received', count=form.heard.attachments)} {text}"
    done = voice.choice("attachments.done", "choice_attachments_done", "inform", {"attachments": DONE})
    return Said(text, asks="attachments", choices=(done, *choices))


def skip_choice(form: TicketForm, name: str) -> Choice:
    return form.voice.choice(f"{name}.{SKIPPED}", "choice_skip", "skip")


def _changeable(form: TicketForm) -> tuple[Choice, ...]:
    names = summary_fields(form.voice, form.values)
    return tuple(
        Choice(
            name=f"confirm.{name}",
            label=form.voice.label("fields", name),
            intent="change_field",
            entities={"field": name},
        )
        for name in names
    )
