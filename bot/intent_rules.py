"""When a recognised intent is believed. Pure: bot/components/linear_intents.py applies it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.emergency_words import clearly_down, spares_somebody, supposes
from bot.phrases import clauses
from bot.scope import is_of_another, takes_in_the_whole, tells_of_a_failure
from bot.text import words

SEARCH = "describe_problem"

# How many times likelier than a problem a command has to be: searching in vain costs one more message, a command carried
# out by mistake costs the conversation. Cross-validated in four parts over training and development set (21,000 lines), 1.5,
# 3, 4 and 5 hijack .039, .028, .025 and .024 of the problems and hear commands with a macro F1 of .926, .922, .919 and .916.
# With families, on a set left out of training: .018 to .029 at 2.5 and .007 to .015 at 4, which costs at most .006 of the F1.
TIMES_LIKELIER = 4.0
# An emergency is confirmed by one question before anything happens, so hearing it too often costs less than missing it. On
# lines left out of training (others' mistakes on them had been read), 1.5, 3 and 6 miss 2, 3 and 7 of 216, and 3, 1 and 1 of
# those heard are none.
# Merchants charge, invoice and refund, too: at 5 no matter of money is missed that 4 hears (two parts of the development set,
# each left out), and one description of shipping rates less is taken for one.
TIMES_LIKELIER_BY_INTENT = {"report_outage": 2.0, "financial_matter": 5.0}

# Long texts bury their emergency ("we just sent the newsletter to 80 thousand people and the store is down"), so where the
# whole is taken for a problem and this is not ruled out, it is looked for clause by clause, one of which has to say it
# clearly. On 180 emergencies by a hand that knew no other, 36 were missed without clauses and 10 with them; of the 135
# near misses beside them, 1 and 4 were taken for one.
CLAUSE_TIMES_LIKELIER = 10.0
LEAST_IN_WHOLE = 0.03
# Fewer are too few for the classifier: three name a place ("na loja toda") and nothing that happens there.
FEWEST_WORDS = 4
# The first ones: a pasted log is no story.
MOST_CLAUSES = 12

# Where the text itself says that something is slow, one person's, or over (bot/emergency_words.py): cross-validated, false
# emergencies fall by a tenth to a fifth, and one emergency in a thousand is not heard any more.
TIMES_LIKELIER_IF_SPARED = 8.0
# What is only supposed ("what if everything went down?") is put in an emergency's own words.
TIMES_LIKELIER_IF_SUPPOSED = 100.0
# Where nothing is said to fail ("we open another store in May"), however much else resembles.
TIMES_LIKELIER_IF_NOTHING_FAILS = 200.0
# Where the text itself takes in the whole ("the cart is down and so is the whole site") and spares nobody.
TIMES_LIKELIER_IF_WHOLE = 0.5

EMERGENCY = "report_outage"
# What is said in the clearest words is an emergency, unless the classifier is all but sure of another command. Of a problem
# it may be sure: "the whole store is down" shares its words with hundreds of them.
RULED_OUT_BY = 0.8

# Below this probability no command is believed.
LEAST_CONFIDENCE = 0.3

# Commands are said in few words. A longer text is a problem that happens to hold such words ("gracias", "cancelar un
# pedido", "hola, necesito ayuda con ..."), unless its intent carries a matter of its own.
MOST_WORDS = 20
MOST_WORDS_BY_INTENT = {
    "choose_scenario": 12,  # a longer one tells the matter, too
    "report_outage": 60,
    "financial_matter": 40,
    "commercial_matter": 40,
    "linkedin_matter": 40,
    "talk_to_person": 30,
    "open_ticket": 25,
    "check_ticket_status": 30,
    "add_comment": 40,
    "reopen_ticket": 40,
    "choose_language": 25,
    "insult": 25,
    "out_of_scope": 30,
    "bot_challenge": 25,
}


Read = Callable[[str], Mapping[str, float]]


def believed_intent(text: str, likely: Mapping[str, float], read: Read | None = None) -> tuple[str, float]:
    """The intent to act on, with its probability, of all that may be meant.

    `read` tells how likely the intents of a part of the text are; without it no part is looked at.
    A text without a word in it (emoji, punctuation) is out of scope; one of digits only, of one letter again and again or in
    another script is a problem to look up.
    """
    name, chance = _believed(text, likely)
    if name == SEARCH and read is not None and _in_a_clause(text, likely, read):
        return EMERGENCY, max(likely.get(EMERGENCY, 0.0), LEAST_CONFIDENCE)
    return name, chance


def _believed(text: str, likely: Mapping[str, float]) -> tuple[str, float]:
    said = words(text)
    if not said:
        return "out_of_scope", 1.0
    searched = likely.get(SEARCH, 0.0)
    others = (chance for name, chance in likely.items() if name not in (SEARCH, EMERGENCY))
    if clearly_down(text) and max(others, default=0.0) < RULED_OUT_BY:
        return EMERGENCY, max(likely.get(EMERGENCY, 0.0), LEAST_CONFIDENCE)
    commands = {name: chance for name, chance in likely.items() if name != SEARCH}
    if not commands or _is_no_language("".join(said)):
        return SEARCH, searched
    name = max(commands, key=lambda each: commands[each])
    chance = commands[name]
    if chance < LEAST_CONFIDENCE or len(said) > MOST_WORDS_BY_INTENT.get(name, MOST_WORDS):
        return SEARCH, searched
    return (SEARCH, searched) if chance < searched * _times_likelier(name, text) else (name, chance)


def _in_a_clause(text: str, likely: Mapping[str, float], read: Read) -> bool:
    """Whether one of several clauses is an emergency, and nothing in the text spares anybody."""
    if (
        len(words(text)) > MOST_WORDS_BY_INTENT[EMERGENCY]
        or spares_somebody(text)
        or supposes(text)
        or is_of_another(text)
    ):
        return False
    for clause in clauses(text)[:MOST_CLAUSES]:
        if clearly_down(clause):
            return True
        if likely.get(EMERGENCY, 0.0) >= LEAST_IN_WHOLE and len(words(clause)) >= FEWEST_WORDS:
            chances = read(clause)
            chance = chances.get(EMERGENCY, 0.0)
            if (
                tells_of_a_failure(clause)
                and chance > 0.5
                and chance >= CLAUSE_TIMES_LIKELIER * chances.get(SEARCH, 0.0)
            ):
                return True
    return False


def _times_likelier(name: str, text: str) -> float:
    if name == EMERGENCY and not tells_of_a_failure(text):
        return TIMES_LIKELIER_IF_NOTHING_FAILS
    if name == EMERGENCY and supposes(text):
        return TIMES_LIKELIER_IF_SUPPOSED
    if name == EMERGENCY and (spares_somebody(text) or is_of_another(text)):
        return TIMES_LIKELIER_IF_SPARED
    if name == EMERGENCY and takes_in_the_whole(text):
        return TIMES_LIKELIER_IF_WHOLE
    return TIMES_LIKELIER_BY_INTENT.get(name, TIMES_LIKELIER)


def _is_no_language(letters: str) -> bool:
    """`aaaa`, `123456`, another script: nothing that was learnt tells of it. A single letter may be an answer: `s`, `n`."""
    latin = sum("a" <= each <= "z" for each in letters)
    return (len(letters) > 1 and len(set(letters)) == 1) or 2 * latin <= sum(map(str.isalpha, letters))
