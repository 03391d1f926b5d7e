"""How each step of the help form is asked: one short message, with what may be chosen."""

from __future__ import annotations

from datetime import datetime

from actions.answers.answer import CLARIFIED, CONFIDENT, DECLINED, NOTHING, PERSON, UNSURE
from actions.help.state import CLARIFY, LANGUAGE, NOTICE, PROBLEM, SCENARIO, SOLVED, HelpState
from actions.notices.text import notice_text
from actions.said import Said
from api.client import Notice
from bot.turn import Choice
from bot.voice import Voice, option

_SOLVED_KEYS = {
    UNSURE: "ask_solved_unsure",
    PERSON: "ask_solved_person",
    NOTHING: "ask_solved_none",
    DECLINED: "ask_clarify_none",
}


def person_choice(voice: Voice, asks: str) -> Choice:
    return voice.choice(f"{asks}.person", "choice_person", "talk_to_person")


def ask_language(state: HelpState, key: str = "ask_language", *, first: str | None = None) -> Said:
    """Every language of the catalog under its own name, the likely one first."""
    voice = state.voice
    likely = first or voice.language
    ordered = sorted(state.catalog.languages, key=lambda each: each != likely)
    choices = tuple(option(voice, LANGUAGE, each, voice.label("languages", each)) for each in ordered)
    return Said(voice.message(key), asks=LANGUAGE, choices=choices)


def offer_language(state: HelpState, other: str) -> Said:
    """In both languages, because it is not known which one the customer reads more easily."""
    here, there = state.voice, Voice(state.catalog, other)
    text = f"{there.message('offer_language')}\n{here.message('offer_stay')}"
    choices = tuple(option(here, LANGUAGE, each, here.label("languages", each)) for each in (other, here.language))
    return Said(text, asks=LANGUAGE, choices=choices)


def ask_scenario(state: HelpState, topic: str | None = None) -> Said:
    """The three ways to be helped; one that the customer's words reveal comes first, to be confirmed in one tap."""
    voice = state.voice
    likely = state.values["inferred_scenario"]
    ids = [each.id for each in state.catalog.scenarios]
    choices = tuple(
        option(voice, SCENARIO, each, voice.label("scenarios", each))
        for each in sorted(ids, key=lambda each: each != likely)
    )
    if likely not in ids:
        return Said(
            voice.message("ask_scenario_known" if state.problem else "ask_scenario"), asks=SCENARIO, choices=choices
        )
    understood = voice.label("scenarios", likely)
    if topic is None:
        return Said(voice.message("confirm_scenario", scenario=understood), asks=SCENARIO, choices=choices)
    return Said(
        voice.message("confirm_scenario_topic", scenario=understood, topic=topic), asks=SCENARIO, choices=choices
    )


def ask_problem(state: HelpState) -> Said:
    """What the scenario needs to know first; other words where there was an answer before."""
    voice = state.voice
    if state.problem is not None:
        return Said(voice.message("ask_rephrase"), asks=PROBLEM, choices=(person_choice(voice, PROBLEM),))
    kind = state.scenario.ticket_type if state.scenario else None
    key = f"ask_problem_{kind}"
    known = f"messages.{key}" in state.catalog.wording(voice.language)
    return Said(voice.message(key if known else "ask_problem"), asks=PROBLEM)


def ask_more(state: HelpState) -> Said:
    """Where a problem was named so shortly that nothing can be looked up."""
    return Said(state.voice.message("ask_more"), asks=PROBLEM, choices=(person_choice(state.voice, PROBLEM),))


def ask_evidence(state: HelpState, *, message: bool, since: bool) -> Said:
    """The exact message and since when: of the two, what was not said yet."""
    voice = state.voice
    key = "ask_evidence_both" if message and since else "ask_evidence_message" if message else "ask_evidence_since"
    return Said(voice.message(key), asks=CLARIFY, choices=_or_not(voice, "choice_evidence_none"))


def ask_wish(state: HelpState) -> Said:
    """What the vendor's team has to know to set something up."""
    return Said(state.voice.message("ask_wish"), asks=CLARIFY, choices=_or_not(state.voice, "choice_wish_none"))


def _or_not(voice: Voice, key: str) -> tuple[Choice, ...]:
    return (voice.choice(f"{CLARIFY}.none", key, "deny"), person_choice(voice, CLARIFY))


def ask_notice(voice: Voice, notice: Notice, now: datetime) -> Said:
    """What is known of a problem that the customer may have, and what can be done about it."""
    return Said(
        f"{notice_text(notice, voice, now)}\n\n{voice.message('notice_offer')}",
        kind="notice",
        asks=NOTICE,
        choices=(
            voice.choice(f"{NOTICE}.subscribe", "choice_notice_subscribe", "affirm"),
            voice.choice(f"{NOTICE}.continue", "choice_notice_continue", "deny"),
        ),
        notice=notice.id,
    )


def ask_solved(state: HelpState, kind: str, *, again: bool) -> Said:
    """Whether the answer helped. Where there was none to speak of, a person is the other choice."""
    voice = state.voice
    yes = voice.choice("solved.yes", "choice_solved_yes", "affirm")
    no = voice.choice("solved.no", "choice_solved_no", "deny")
    person = voice.choice("solved.no", "choice_person", "talk_to_person")
    if state.scenario is None:
        # What is needed was not said: asked together with whether the answer helped, and only of those whom it did not.
        kinds = tuple(
            option(voice, SCENARIO, each.id, voice.label("scenarios", each.id)) for each in state.catalog.scenarios
        )
        shown = kind not in (NOTHING, DECLINED)
        key = "ask_solved_or_what" if shown else "ask_scenario_known"
        return Said(voice.message(key), asks=SOLVED, choices=(*((yes,) if shown else ()), *kinds, person))
    if state.is_about("task") and kind not in (CONFIDENT, CLARIFIED):
        # What nobody can do alone is asked of the vendor: the next question gathers what that needs.
        ask = voice.choice("solved.no", "choice_ask_vendor", "deny")
        return Said(voice.message("ask_solved_vendor"), asks=SOLVED, choices=(yes, ask))
    if kind in _SOLVED_KEYS:
        return Said(
            voice.message(_SOLVED_KEYS[kind]), asks=SOLVED, choices=(yes, person) if kind == UNSURE else (person,)
        )
    return Said(voice.message("ask_solved_again" if again else "ask_solved"), asks=SOLVED, choices=(yes, no))
