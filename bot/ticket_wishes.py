"""Whether a text plainly asks for something of a ticket that is there already: "agrega al 1024 que también pasa en Safari".

The classifier cannot tell: most of such a sentence is the comment, and so about the problem (.99 for it, measured). How it
begins gives it away, with a ticket named right behind that.
"""

from __future__ import annotations

import re

from bot.catalog import Catalog
from bot.phrases import Phrases, said

_INTENTS = {"comment": "add_comment", "reopen": "reopen_ticket", "status": "check_ticket_status"}
# What an intent is taken for when it is as plain as this.
CERTAINTY = 0.97

# "ticket 1024", "chamado nº 1024"; "al 1024": four digits on, where a ticket is meant and its word left out.
_NAMED = re.compile(
    r"\b(?:tickets?|tiket|chamado|xamado|caso|case)\s*(?:n\.?\s?[º°o]?\.?|#|n[uú]mero|number)?\s*#?(\d{1,10})\b(?![.,]\d)",
    re.IGNORECASE,
)
_AFTER_PARTICLE = re.compile(
    r"\b(?:al?|el|del|en|ao?|no|na|do|da|o|e|to|on|of|for|the|in|about|sobre|para|pro|reopen|reabrir|reabre)\s+#?"
    r"(\d{4,10})\b(?![.,]\d)",
    re.IGNORECASE,
)
_HASH = re.compile(r"(?<!\w)#(\d{2,10})\b")
# Words that may stand before the verb ("puedes agregar ..."), and between it and the ticket.
_FIRST_WORDS = 4
_WINDOW = 7


def named_ticket(text: str) -> str | None:
    """The number of the ticket that the text names."""
    found = _NAMED.search(text) or _HASH.search(text) or _AFTER_PARTICLE.search(text)
    return found.group(1) if found else None


class TicketWishes:
    """Finds wishes by how the catalog's languages begin them (`words.follow_up` of the wording files)."""

    def __init__(self, catalog: Catalog) -> None:
        self._verbs, self._own = (
            Phrases(
                (phrase, ("follow_up", kind))
                for kind in kinds
                for language in catalog.languages
                for phrase in catalog.words("follow_up", kind, language)
            )
            for kinds in (tuple(_INTENTS), ("own",))
        )

    def intent(self, text: str) -> str | None:
        """The intent of a plain wish, None for any other text."""
        heard = said(text)
        verb = next((each for each in self._verbs.find(heard) if each.start < _FIRST_WORDS), None)
        if verb is None:
            return None
        named = named_ticket(text)
        places = [at for at, word in enumerate(heard.words) if word == named]
        if verb.meaning[1] != "status":
            places += [each.start for each in self._own.find(heard)]
        near = any(verb.start < at <= verb.end + _WINDOW for at in places)
        return _INTENTS[verb.meaning[1]] if near else None
