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
# So many words of courtesy may stand around it: "ok, never mind then, thanks".
_MOST_AROUND = 5


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
        """The intent of a text that is a listed phrase and nothing more, courtesies aside; None for any other text.

        Of several phrases the last one counts: "never mind, start over".
        """
        spoken = _words(text)
        found: str | None = None
        at = around = 0
        while at < len(spoken):
            end = next((end for end in range(at + self._longest, at, -1) if spoken[at:end] in self._intents), None)
            if end is not None:
                found, at = self._intents[spoken[at:end]], end
            elif spoken[at] in self._around and around < _MOST_AROUND:
                at, around = at + 1, around + 1
            else:
                return None
        return found


def _words(text: str) -> tuple[str, ...]:
    """Folded; "don't" is one word, as it is where the apostrophe is left out."""
    return words(text.replace("'", "").replace("\u2019", ""))
