"""What a text shows the intent classifier."""

from collections import Counter

from bot.concepts import Concepts
from bot.families import MOST_WORDS_FOR_PAIRS, Families
from bot.intent_features import MOST_WORDS
from bot.intent_features import features as features_with
from bot.scope import Scope

NONE = Concepts({})


def features(text: str, concepts: Concepts = NONE, families: Families = Families({})) -> Counter[str]:
    return features_with(text, concepts, families, Scope({}))


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


def test_words_of_several_languages_that_mean_the_same_share_their_concepts() -> None:
    concepts = Concepts({"pedido": "order", "cancelar": "cancel", "order": "order", "cancel": "cancel"})
    meant = {each for each in features("cancelar el pedido", concepts) if each[0] in "kq"}
    assert {"k:cancel", "k:order", "q:cancel _ order"} <= meant
    assert {"k:cancel", "k:order", "q:cancel _ order"} <= set(features("cancel my order", concepts))


def test_which_number_it_is_does_not_matter() -> None:
    assert features("ticket 1024") == features("ticket 987")
    assert features("12345678") != features("87654321"), "too long for a number of a ticket or a code"


def test_inflected_forms_find_their_concept_and_unknown_words_stand_for_themselves() -> None:
    concepts = Concepts({"pedido": "order", "integracion": "integration"})
    assert concepts.of("pedidos") == "order"
    assert concepts.of("integracoes") == "integracoes"
    assert concepts.of("zapato") == "zapato"


def test_the_lexicon_of_the_project_is_read_in_every_language() -> None:
    concepts = Concepts.read()
    assert {concepts.of("pedido"), concepts.of("order")} == {"order"}
    assert concepts.of("senha") == concepts.of("contrasena")


def test_families_and_two_that_meet_are_counted_in_any_language() -> None:
    families = Families({"add": "add agreg*", "ticket": "ticket caso", "case": "caso"})
    assert families.of("agregale") == {"add"}
    assert families.of("caso") == {"ticket", "case"}
    assert families.of("casos") == set()
    one = {each for each in features("add it to the ticket", NONE, families) if each[0] in "fg"}
    assert one == {"f:add", "f:ticket", "g:add ticket"}
    assert one < set(features("agrégalo al caso", NONE, families))


def test_two_families_meet_in_a_short_text_only() -> None:
    families = Families({"add": "add", "ticket": "ticket"})
    found = features("add " + "a " * MOST_WORDS_FOR_PAIRS + "ticket", NONE, families)
    assert found["f:add"] == found["f:ticket"] == 1
    assert "g:add ticket" not in found


def test_the_families_of_the_project_hold_folded_words_of_every_language() -> None:
    families = Families.read()
    assert "person" in families.of("asesor") & families.of("atendente") & families.of("human")
    assert all(
        word.rstrip("*").isalnum() and word == word.lower()
        for each in families.members.values()
        for word in each.split()
    )


def test_the_parts_of_a_story_are_counted_beside_its_words() -> None:
    scope = Scope({"whole": "site", "down": "down"})
    found = features_with("the site is down", NONE, Families({}), scope)
    assert found["w:site"] == found["s:down whole"] == 1
