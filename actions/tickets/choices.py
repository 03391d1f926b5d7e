"""Steps that are answered by choosing, and what becomes of an answer that chooses nothing."""

from __future__ import annotations

from actions.tickets import fields
from actions.tickets.asides import is_not_at_hand
from actions.tickets.fields import CONFIRM, CONFIRM_CHANGE, DONE, SKIPPED
from actions.tickets.form import TicketForm
from actions.tickets.notes import Notes, note
from actions.tickets.reading import read
from actions.tickets.summary import digest
from bot.speech import speech_of
from bot.text import words
from bot.turn import Choice
from bot.typed_answers import SpokenChoice, resolve

# So many answers in a row that fit nothing: the form goes on without, or with what was written.
TIRED = 3
# A store that is not in the list is called as its owner calls it.
TIRED_OF_PLATFORMS = 2
_TELLING = 5
# What every list of subcategories holds for what fits nothing else.
_WILDCARD = "other"


def take_confirmation(form: TicketForm) -> Notes:
    """Yes at the summary confirms exactly what was shown there."""
    heard = form.heard
    editing = form.values["editing"]
    if editing is None and heard.intent in ("affirm", "open_ticket"):
        form.values[CONFIRM] = digest(form.voice, form.values)
        return []
    if heard.intent == "deny" or (editing == CONFIRM_CHANGE and heard.typed and _changes_nothing(form)):
        form.values["editing"] = CONFIRM_CHANGE if editing is None else None
        return []
    if editing == CONFIRM_CHANGE and heard.intent == "affirm":
        form.values["editing"] = None
        return []
    if heard.typed and len(words(heard.text)) >= _TELLING:
        form.add_to_description(heard.text)
        return note(form, "added")
    if form.missed(CONFIRM) >= TIRED and editing is None:
        form.values.update(editing=CONFIRM_CHANGE, misses=None)
    return note(form, "unclear")


def _changes_nothing(form: TicketForm) -> bool:
    """ "Nah, it's fine": said to the list of what may be changed, every word for leaving it all as it is."""
    spoken = SpokenChoice(
        tuple(
            phrase
            for language in form.catalog.languages
            for kind, id_ in (("choices", "no"), ("choices", "yes"), ("choices", "confirm.yes"))
            for phrase in form.catalog.words(kind, id_, language)
        ),
        by_words=False,
    )
    nothing = Choice("confirm.nothing", "nothing", "deny")
    return resolve(form.heard.text, CONFIRM, [nothing], speech_of(form.catalog), {nothing.name: spoken}) is not None


def take_files(form: TicketForm, step: str) -> Notes:
    """Files come by themselves; here it is only said that they did, or will not."""
    heard = form.heard
    if heard.entities.get("attachments") == DONE or heard.intent == "affirm" or heard.attachments:
        form.answer(step, DONE)
        return []
    if heard.intent == "deny":
        if step in form.details:
            form.values["details"] = SKIPPED
        else:
            form.answer(step, SKIPPED)
        return []
    if heard.typed and len(words(heard.text)) >= _TELLING:
        form.add_to_description(heard.text)
        form.answer(step, SKIPPED) if step not in form.details else form.values.update(details=SKIPPED)
        return note(form, "added")
    if form.missed(step) >= TIRED:
        form.answer(step, SKIPPED) if step not in form.details else form.values.update(details=SKIPPED)
        return []
    return note(form, "unclear")


def take_option(form: TicketForm, step: str) -> Notes:
    """One of the options: pressed, named, or said in a sentence that holds more."""
    heard = form.heard
    offered = fields.options(form.catalog, step, form.values, heard.platforms)
    value = heard.entities.get(step)
    reading = None
    if value not in offered and heard.text:
        reading = read(heard.text, form.catalog, heard.language, heard.platforms)
        value = reading.fields.get(step)
    if value in offered and value is not None:
        form.answer(step, value)
        if heard.text and len(words(heard.text)) >= _TELLING:
            form.add_to_description(heard.text)
        return []
    if heard.typed and step != "category" and is_not_at_hand(heard.text, form.catalog):
        return _as_written(form, step)
    if heard.typed and len(words(heard.text)) >= _TELLING and form.values["description"]:
        before = dict(form.values)
        form.add_to_description(heard.text)
        if form.missed(step) < TIRED:
            return note(form, "added") if form.values["description"] != before["description"] else []
        return _as_written(form, step)
    return missed(form, step, "not_an_option")


def missed(form: TicketForm, step: str, key: str) -> Notes:
    """Asked again; the third time (of platforms, the second) the form goes on with what was written."""
    platform = fields.is_platform(fields.field_named(form.catalog, step))
    if form.missed(step) < (TIRED_OF_PLATFORMS if platform else TIRED):
        return note(form, key)
    text = form.heard.text
    if form.heard.typed and words(text) and not platform:
        form.add_to_description(text)
    return _as_written(form, step)


def missed_text(form: TicketForm, step: str, key: str) -> Notes:
    """As `missed`, where words were asked for: the third time they are taken as they are."""
    if form.missed(step) < TIRED or not form.heard.text:
        return note(form, key)
    if step == "description":
        form.passed(step)
        form.describe(form.heard.text)
    else:
        form.answer(step, form.heard.text)
    return note(form, "noted_as_written")


def _as_written(form: TicketForm, step: str) -> Notes:
    """Nobody gets stuck: the words go to whoever reads the ticket, and the field takes the most careful value."""
    offered = fields.options(form.catalog, step, form.values, form.heard.platforms)
    field = fields.field_named(form.catalog, step)
    if step not in fields.required(form.catalog, form.values) and step != "category":
        form.answer(step, SKIPPED)
    elif fields.is_platform(field) and form.heard.typed:
        form.answer(step, form.heard.text[:200])
    elif step == "category":
        form.answer(step, _safe_category(form))
    elif _WILDCARD in offered:
        form.answer(step, _WILDCARD)
    else:
        # Of who is affected the last (everybody), of how badly the middle: a person corrects it in reading.
        form.answer(step, offered[len(offered) // 2 if step == "impact" else -1])
    return note(form, "noted_as_written")


def _safe_category(form: TicketForm) -> str:
    """A category that somebody looks at: the first scenario's, where the customer chose none."""
    scenarios = form.catalog.scenarios
    chosen = next((each for each in scenarios if each.id == form.values["scenario"]), scenarios[0])
    return chosen.default_category
