"""Commands that whole short texts are, in words that mean nothing else: "never mind", "olvídalo", "deixa pra lá".

Where own words are asked (a title, a description) the classifier has to be all but sure before it throws away what was
told, so what is only likely is kept as a title. These lists (`words.commands` of the wording files) need no training and are
obeyed there, too.
"""

from __future__ import annotations

from bot.catalog import Catalog
from bot.speech import speech_of
from bot.text import words

# The intents that may be listed.
LISTED = ("cancel", "restart", "go_back", "talk_to_person")
# What an intent is taken for that a text is word for word.
CERTAINTY = 0.999
# So many words of courtesy may stand before it or behind it: "ok, never mind then, thanks".
_MOST_AROUND = 3


class PlainCommands:
    """Which command a text is."""

    def __init__(self, catalog: Catalog) -> None:
        self._intents = {
            said: intent
            for intent in LISTED
            for language in catalog.languages
            for line in catalog.words("commands", intent, language)
            if (said := _words(line))
        }
        self._longest = max(map(len, self._intents), default=0)
        self._around = speech_of(catalog).words("courtesy")

    def intent(self, text: str) -> str | None:
        """The intent of a text that is a listed phrase and nothing more, courtesies aside; None for any other text."""
        spoken = _words(text)
        if len(spoken) > self._longest + 2 * _MOST_AROUND:
            return None
        for before in range(min(_MOST_AROUND, len(spoken)) + 1):
            if before and spoken[before - 1] not in self._around:
                break
            for behind in range(min(_MOST_AROUND, len(spoken) - before) + 1):
                end = len(spoken) - behind
                if behind and spoken[end] not in self._around:
                    break
                if spoken[before:end] in self._intents:
                    return self._intents[spoken[before:end]]
        return None


def _words(text: str) -> tuple[str, ...]:
    """Folded; "don't" is one word, as it is where the apostrophe is left out."""
    return words(text.replace("'", "").replace("\u2019", ""))
