"""What a text shows the intent classifier."""

from bot.intent_features import MOST_WORDS, features


def test_words_neighbours_and_pieces_are_counted_without_case_and_accents() -> None:
    found = features("¡Cancelar YA, cancelar!")
    assert found["w:cancelar"] == 2
    assert found["w:ya"] == 1
    assert found["p:^ cancelar"] == found["p:cancelar ya"] == found["p:cancelar $"] == 1
    assert found["c:_can"] == 2
    assert found["c:ya_"] == 1
    assert features("Atrás") == features("atras")


def test_a_misspelt_word_shares_most_of_its_pieces() -> None:
    meant, typed = set(features("cancelar")), set(features("cancelr"))
    assert len({each for each in meant & typed if each.startswith("c:")}) > 0.5 * len(meant)


def test_a_short_word_is_a_piece_of_its_own() -> None:
    assert features("s")["c:_s_"] == 1


def test_a_text_without_words_shows_nothing_and_a_long_one_is_cut() -> None:
    assert not features("...")
    assert features("a " * MOST_WORDS + "end") == features("a " * MOST_WORDS)
