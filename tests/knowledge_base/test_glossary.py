from __future__ import annotations

import pytest

from knowledge_base.glossary import Glossary, lexicon_languages
from knowledge_base.parallel import Segment

# A word that no lexicon holds, among others that stand with it now and then only.
SEGMENTS = [
    Segment(str(number), *pair)
    for number, pair in enumerate(
        (
            ("El zorlete muestra el pedido", "The widgetron shows the order"),
            ("Abre el zorlete en la tienda", "Open the widgetron in the store"),
            ("Borra el zorlete", "Delete the widgetron"),
            ("Zorlete", "Widgetron"),
            ("Guarda el pedido", "Save the order"),
            ("El pedido de la tienda", "The order of the store"),
            ("La tienda abre el lunes", "The store opens on Monday"),
            ("Abre la tienda", "Open the store"),
            ("Borra el pedido", "Delete the order"),
        )
    )
]


def test_a_word_of_the_articles_is_learnt_from_their_translations() -> None:
    glossary = Glossary.learn("es", SEGMENTS)
    assert "widgetron" in glossary.gloss("No encuentro el zorlete")
    assert "zorlet" in glossary.learnt


def test_words_that_the_articles_lack_come_from_the_lexicon() -> None:
    glossed = Glossary.learn("es").gloss("¿Cómo cambio la contraseña de mi cuenta?").lower()
    for word in ("how", "change", "password", "account"):
        assert word in glossed


@pytest.mark.parametrize(
    ("language", "text", "english"),
    [("es", "tarjeta de crédito", "credit card"), ("pt", "cartão de crédito", "credit card")],
)
def test_a_phrase_is_glossed_as_one(language: str, text: str, english: str) -> None:
    assert english in Glossary.learn(language).gloss(f"xq mi {text} falla")


def test_numbers_codes_and_names_stay_as_they_are() -> None:
    glossed = Glossary.learn("pt").gloss("Erro SQLSTATE[HY000] na versão 2.4.4 do Qwertyx-77!")
    for kept in ("SQLSTATE[HY000]", "2.4.4", "Qwertyx-77!"):
        assert kept in glossed


def test_plurals_and_missing_accents_find_their_word() -> None:
    glossary = Glossary.learn("es")
    assert glossary.gloss("contrasenas").lower() == glossary.gloss("contraseña").lower() == "password"


def test_a_language_without_a_lexicon_is_left_as_it_is_until_articles_teach_it() -> None:
    text = "Il modulo non si apre"
    assert Glossary.learn("it").gloss(text) == text
    pairs = (("Il modulo", "The form"), ("Modulo", "Form"), ("Il prezzo", "The price"), ("Un modulo", "A form"),
             ("Il prezzo nuovo", "The new price"), ("Modulo nuovo", "New form"), ("Un prezzo", "A price"))  # fmt: skip
    learnt = Glossary.learn("it", [Segment("a", *pair) for pair in pairs])
    assert "form" in learnt.gloss(text)


def test_a_glossary_is_the_same_after_it_was_stored() -> None:
    glossary = Glossary.learn("es", SEGMENTS)
    assert Glossary.from_data(glossary.data()) == glossary


def test_empty_text_and_signs_alone_stay() -> None:
    glossary = Glossary.learn("pt")
    assert glossary.gloss("") == ""
    assert glossary.gloss(" ?! ") == " ?! "


def test_the_lexicon_speaks_of_the_languages_it_holds() -> None:
    assert set(lexicon_languages()) == {"es", "pt"}
    assert all(len(Glossary.learn(language).forms) > 4000 for language in lexicon_languages())
