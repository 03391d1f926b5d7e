"""Looks a problem up and says what was found: an answer, a question which topic is meant, or that there is nothing new."""

from __future__ import annotations

from dataclasses import dataclass

from actions.answers.answer import (
    CLARIFIED,
    CLARIFY,
    CONFIDENT,
    DECLINED,
    NOTHING,
    PASSAGES,
    QUERY_LENGTH,
    SEARCHED,
    answer,
    worth,
)
from actions.answers.clarifying import NONE, Clarification, with_addition
from actions.help import state as steps
from actions.help.questions import ask_solved
from actions.help.state import HelpState
from actions.said import Said
from api.client import CopilotClient, FoundPassage, SearchResult

# How many articles the ticket names as already read.
REMEMBERED = 6


@dataclass(frozen=True)
class Looked:
    """What to say, and the step that waits for its answer. `nothing_new`: only what was shown before was found."""

    messages: tuple[Said, ...]
    step: str
    nothing_new: bool = False


async def look_up(state: HelpState, client: CopilotClient, *, added: str | None = None) -> Looked:
    """Answers the problem. `added` is what the customer said since the last answer: it is searched with the problem."""
    problem = state.problem or ""
    may_ask = added is None and not state.values["clarified"]
    query, result = await _best(state, client, problem, added)
    clarification = Clarification.of(query, result) if may_ask else None
    state.values["answered"] = problem
    state.values["topics"] = None
    if clarification is not None:
        state.values.update({"answer_kind": CLARIFY, "topics": clarification.model_dump(), "clarified": "yes"})
        return Looked((clarification.question(state.voice),), steps.CLARIFY)
    shown = result.passages[:PASSAGES]
    if added is not None and all(each.url in state.shown_urls for each in shown):
        return Looked((), steps.SOLVED, nothing_new=True)
    kind = worth(result)
    state.values.update({"answer_kind": kind, "attempts": str(state.attempts + 1)})
    _remember(state, shown)
    does_it_alone = state.is_about("task") and kind == CONFIDENT
    said = answer(state.voice, query, result, introduction="answer_alone" if does_it_alone else None)
    return Looked((said, ask_solved(state, kind, again=False)), steps.SOLVED)


async def _best(state: HelpState, client: CopilotClient, problem: str, added: str | None) -> tuple[str, SearchResult]:
    """The search to believe: with more said, that alone where it is answered surely, else together with the problem."""
    token, language = state.heard.token, state.language
    if added is None:
        query = problem[:QUERY_LENGTH]
        return query, await client.search(token, query, language, SEARCHED)
    alone = added[:QUERY_LENGTH]
    result = await client.search(token, alone, language, SEARCHED)
    if result.confident:
        return alone, result
    together = with_addition(problem.removesuffix(added).strip(), added)
    return together, await client.search(token, together, language, SEARCHED)


def take_topic(state: HelpState, clarification: Clarification, chosen: str | None) -> Looked:
    """Answers with the topic that was chosen; asks again where none was."""
    passage = clarification.chosen(chosen)
    if passage is None and chosen != NONE:
        return Looked((clarification.question(state.voice),), steps.CLARIFY)
    state.values["topics"] = None
    if passage is None:
        state.values["answer_kind"] = DECLINED
        return Looked((ask_solved(state, DECLINED, again=False),), steps.SOLVED)
    state.values.update({"answer_kind": CLARIFIED, "attempts": str(state.attempts + 1)})
    _remember(state, [passage])
    said = clarification.answer(state.voice, passage)
    return Looked((said, ask_solved(state, CLARIFIED, again=False)), steps.SOLVED)


def ask_again(state: HelpState) -> Looked:
    """The question about the answer that was shown, without another search."""
    clarification = Clarification.open_in(state.values)
    if clarification is not None:
        return Looked((clarification.question(state.voice),), steps.CLARIFY)
    return Looked((ask_solved(state, str(state.values["answer_kind"] or NOTHING), again=True),), steps.SOLVED)


def _remember(state: HelpState, passages: list[FoundPassage]) -> None:
    state.remember_shown([{"title": each.title, "url": each.url} for each in passages], REMEMBERED)
