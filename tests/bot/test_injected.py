"""Every text that tries to speak to Rasa itself, at the real one: minutes long, so only where it is asked for."""

import copy

import pytest

from tests.bot.conftest import DialogueProcesses
from tests.security.payloads import variants


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_variant_sets_a_slot_or_resets_the_conversation_at_the_real_rasa(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.question")
    begun, messages = copy.deepcopy(talk.state), list(talk.messages)
    # What the same place makes of a text that means nothing: the problem is searched for, nothing else is known.
    plain = set(talk.say("zzzz qqqq").slots)
    wrong = []
    for text in variants():
        if not text.strip():
            continue
        talk.state, talk.messages = copy.deepcopy(begun), list(messages)
        talk.say(text)
        kept = all(talk.slots.get(name) == value for name, value in (begun or {"slots": {}})["slots"].items())
        new = set(talk.slots) - plain
        if talk.status != "completed" or not kept or new & {"verified", "email", "category", "customer_id"}:
            wrong.append((ascii(text[:60]), talk.status, sorted(new)))
    assert not wrong, f"{len(wrong)}: {wrong[:20]}"
