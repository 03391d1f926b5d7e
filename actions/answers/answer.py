"""How what was found in the help center is said."""

from __future__ import annotations

from actions.said import Said
from api.client import SearchResult
from bot.voice import Voice

PASSAGES = 3
# What of a problem is searched for: longer texts repeat themselves, and the api takes no more.
QUERY_LENGTH = 1_000

# What an answer was worth, which decides how the customer is asked about it.
CONFIDENT, UNSURE, NOTHING = "confident", "unsure", "nothing"


def worth(result: SearchResult) -> str:
    if not result.passages:
        return NOTHING
    return CONFIDENT if result.confident else UNSURE


def answer(voice: Voice, problem: str, result: SearchResult) -> Said:
    """The passages with one sentence before them, which never claims more than the search does."""
    passages = result.passages[:PASSAGES]
    kind = worth(result)
    text = voice.message({CONFIDENT: "answer_intro", UNSURE: "answer_unsure", NOTHING: "answer_none"}[kind])
    if kind == CONFIDENT and all(each.locale != voice.language for each in passages):
        found = passages[0].locale
        name = voice.label("languages", found) if found in voice.catalog.languages else found
        text = voice.message("answer_intro_other_language", found_language=name)
    return Said(
        text,
        kind="answer",
        answer={
            "confident": kind == CONFIDENT,
            "confidence": result.confidence,
            "query": problem[:QUERY_LENGTH],
            "passages": [each.model_dump() for each in passages],
        },
    )
