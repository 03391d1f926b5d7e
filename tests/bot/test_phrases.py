"""How a phrase of the wording files is found in a text."""

import re

import pytest

from bot.catalog import load_catalog
from bot.phrases import MOST_WORDS, Phrases, said

CATALOG = load_catalog()


def found(phrase: str, text: str) -> bool:
    return bool(Phrases([(phrase, ("kind", "id"))]).find(text))


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("no funciona", "el botón NO FUNCIONA nada", True),
        ("no funciona", "no me funciona", False),
        ("no _ funciona", "no me funciona", True),
        ("no _ funciona", "no es que en realidad ya funciona", False),
        ("reportes", "los reprotes", True),
        ("reporte*", "reportería", True),
        ("cliente|clienta no", "una clienta no puede", True),
        ("^como", "hola, cómo hago", True),
        ("^como", "hola buenas como hago", True),
        ("^como", "es como un error", False),
        ("can't pay", "they cant pay", True),
        ("cant pay", "they can’t pay", True),
        ("e-mail", "mi e-mail", True),
    ],
)
def test_a_phrase_is_found_where_it_stands(phrase: str, text: str, stands: bool) -> None:
    assert found(phrase, text) is stands


def test_a_phrase_says_where_it_stands_and_how_it_is_meant() -> None:
    (hit,) = Phrases([("!tengo una duda", ("scenarios", "question"))]).find("hola tengo una duda")
    assert (hit.meaning, hit.start, hit.end, hit.sure, hit.weak) == (("scenarios", "question"), 1, 4, True, False)
    (weak,) = Phrases([("?error", ("subcategories", "x"))]).find("error")
    assert weak.weak


def test_a_phrase_without_a_word_is_never_found() -> None:
    assert Phrases([("", ("a", "b")), ("_", ("a", "b")), ("!", ("a", "b"))]).find("a b") == []


def test_clauses_begin_after_punctuation_and_greetings() -> None:
    assert said("hola, ¿cómo va? 1.5 kg").begins >= {0, 1, 3}


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert len(said("uno dos, " * MOST_WORDS).words) == MOST_WORDS


@pytest.mark.parametrize("language", CATALOG.languages)
def test_every_phrase_of_the_wording_can_be_found(language: str) -> None:
    """Signs only, a gap at either end, an unknown placeholder: such a phrase would never be found, and nobody hear of it."""
    broken = []
    for key, phrases in CATALOG.wording(language).leaves("words"):
        for phrase in phrases:
            if key.startswith("words.details"):
                sound = all(each in ("id", "ids", "name", "version", "code") for each in re.findall(r"{(.*?)}", phrase))
            else:
                sound = phrase == "¿?" or not re.search(r"^[!^?]*_|_$|\|\s|\s\||\|$|\|\|", phrase)
                sound = sound and (phrase == "¿?" or bool(said(phrase.replace("*", "")).words))
            if not sound:
                broken.append(f"{key}: {phrase}")
    assert broken == []
