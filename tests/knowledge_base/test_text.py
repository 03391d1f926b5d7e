from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.confidence import made_questions
from knowledge_base.fusion import ACROSS, WITHIN, Weights, fused, standardised, weights_for
from knowledge_base.lexical import Bm25Weights, CosineWeights, Postings, bm25_scores, cosine_scores
from knowledge_base.search import KnowledgeBase
from knowledge_base.text import gram_keys, guess_language, term_keys, terms


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("es", "facturación", "facturacion"),
        ("es", "contraseñas", "CONTRASENA"),
        ("pt", "configuração", "configuracoes"),
        ("pt", "sessões", "sessão"),
        ("en", "refunding", "refunds"),
        ("en", "ﬁnal", "final"),
    ],
)
def test_forms_of_a_word_are_one_term(language: str, one: str, other: str) -> None:
    assert terms(one, language) == terms(other, language) != []


def test_small_words_go_and_versions_and_codes_stay_whole() -> None:
    assert terms("How do I upgrade to 2.4.4-p1 please", "en") == ["upgrad", "2", "4", "4", "p1", "2.4.4-p1"]


def test_a_language_without_stemmer_or_list_keeps_its_words() -> None:
    assert terms("Kopà tlhogo", "tn") == ["kopa", "tlhogo"]


def test_n_grams_do_not_cross_words_and_fold_accents() -> None:
    assert np.array_equal(np.sort(gram_keys("Sesión")), np.sort(gram_keys("sesion")))
    apart, together = set(gram_keys("ab cd").tolist()), set(gram_keys("abcd").tolist())
    assert len(apart) == 6
    assert together - apart


def test_bm25_equals_its_formula() -> None:
    documents = [["a", "b", "b"], ["a", "c"], ["c"]]
    postings = Postings.from_keys([term_keys(each) for each in documents], Bm25Weights())
    scores = bm25_scores(postings, postings.hits(term_keys(["b", "c", "unknown"])))
    idf_b, idf_c = np.log(1 + 2.5 / 1.5), np.log(1 + 1.5 / 2.5)

    def part(count: int, length: int) -> float:
        return count * 2.2 / (count + 1.2 * (0.4 + 0.6 * length / 2))

    assert np.allclose(scores, [idf_b * part(2, 3), idf_c * part(1, 2), idf_c * part(1, 1)], atol=1e-5)


def test_the_cosine_of_a_text_with_itself_is_one() -> None:
    postings = Postings.from_keys([gram_keys(each) for each in ("red shoes", "blue hats")], CosineWeights())
    assert np.allclose(cosine_scores(postings, gram_keys("red shoes")), [1, 0], atol=1e-5)


def test_empty_lists_and_questions_score_nothing() -> None:
    empty = Postings.from_keys([term_keys([])], Bm25Weights())
    assert bm25_scores(empty, empty.hits(term_keys(["x"]))).tolist() == [0.0]
    assert cosine_scores(empty, gram_keys("")).tolist() == [0.0]


def test_fusion_adds_standard_deviations_above_the_least() -> None:
    scores = np.array([4.0, 2.0, 0.0, 0.0], dtype=np.float32)
    spread = np.std([4.0, 2.0, 0.0])
    assert np.allclose(standardised(scores), scores / spread, atol=1e-3)
    weights = Weights(bm25=1, chars=0.5, dense=9, heads=9, static=9)
    assert np.allclose(fused({"bm25": scores, "chars": scores}, weights), 1.5 * scores / spread, atol=1e-3)
    assert not standardised(np.zeros(5, dtype=np.float32)).any()
    assert (weights_for("en", "en"), weights_for("es", "es"), weights_for("es", "en")) == (WITHIN, WITHIN, ACROSS)
    assert ACROSS.bm25 == 0


def test_the_language_is_guessed_only_where_one_is_likelier() -> None:
    languages = ["en", "es", "pt"]
    assert guess_language("where can I see my invoices", languages) == "en"
    assert guess_language("não consigo ver minhas faturas", languages) == "pt"
    assert guess_language("zapatillas", languages) is None


def test_made_questions_are_the_same_for_the_same_articles_and_their_near_misses_differ(base: KnowledgeBase) -> None:
    index = base._indexes["es"]
    made = made_questions(index, most=50)
    assert made == made_questions(index, most=50)
    assert all(each.article in each.twins for each in made)
    assert sum(each.text != each.strange for each in made) > len(made) / 2
