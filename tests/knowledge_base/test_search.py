from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge_base import KnowledgeBase, SearchResult, build_index
from tests.knowledge_base.conftest import TOPICS, WordHashing, write, write_help_center

QUESTIONS = {
    "en": "how can I refund an order of a customer",
    "es": "cómo puedo reembolsar el pedido de un cliente",
    "pt": "como faço para reembolsar o pedido de um cliente",
}


def ids(result: SearchResult) -> list[str]:
    return [hit.article_id for hit in result.hits]


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_the_article_of_the_questions_own_language_comes_first(base: KnowledgeBase, language: str) -> None:
    result = base.search(QUESTIONS[language], language=language)
    assert ids(result)[0] == "refund-order"
    assert {hit.locale for hit in result.hits} == {language}
    assert (result.language, result.other_language) == (language, False)


def test_a_hit_says_where_it_is_and_shows_words_of_the_article_only(base: KnowledgeBase) -> None:
    hit = base.search(QUESTIONS["es"], language="es").hits[0]
    article = base.article(hit.article_id, hit.locale)
    assert article is not None
    assert hit.url == "/help/es/refund-order#reembolsar-un-pedido-1-2-3"
    assert hit.heading == "Reembolsar un pedido: 1, 2, 3"
    assert hit.snippet in article.body_markdown
    assert hit.html == f"<p>{hit.snippet}</p>"
    assert f'id="{hit.url.split("#")[1]}"' in base.render(article)


@pytest.mark.parametrize(
    "typed", ["REEMBOLSAR PEDIDO", "reembolsár pedidó", "reembolsos de pedidos", "rembolsar pedido"]
)
def test_case_accents_forms_of_words_and_typing_errors_do_not_matter(base: KnowledgeBase, typed: str) -> None:
    assert ids(base.search(typed, language="es"))[0] == "refund-order"


def test_a_question_about_its_own_title_is_answered_with_confidence(base: KnowledgeBase) -> None:
    result = base.search("Exportar reportes de ventas", language="es")
    assert result.confident
    assert result.confidence > 0.5


@pytest.mark.parametrize("text", ["", "   ", "¿?", "🙂", "\x00"])
def test_text_without_a_word_finds_nothing(base: KnowledgeBase, text: str) -> None:
    result = base.search(text, language="es")
    assert (result.confident, result.confidence, result.hits) == (False, 0.0, ())


def test_a_question_about_something_else_is_not_answered_with_confidence(base: KnowledgeBase) -> None:
    result = base.search("quién ganó el partido anoche", language="es")
    assert not result.confident
    assert result.confidence < 0.3


def test_a_hundred_thousand_characters_are_searched_quickly(base: KnowledgeBase) -> None:
    assert ids(base.search("reembolsar un pedido " * 5000, language="es"))[0] == "refund-order"


def test_limit_counts_distinct_articles(base: KnowledgeBase) -> None:
    for limit in (1, 3, 5):
        found = ids(base.search("pedido enlace registro planilla zona", language="es", limit=limit))
        assert len(found) == len(set(found)) == limit


def test_a_question_is_encoded_once_whatever_is_searched(base: KnowledgeBase, encoder: WordHashing) -> None:
    for language in ("en", "es", "pt"):
        encoder.asked.clear()
        base.search(QUESTIONS[language], language=language, all_languages=True)
        assert encoder.asked == [QUESTIONS[language]]
    encoder.asked.clear()
    base.search(" ?! ", language="es")
    assert encoder.asked == []


def test_a_prefetched_question_is_not_encoded_again(base: KnowledgeBase, encoder: WordHashing) -> None:
    base.prefetch(f"  {QUESTIONS['en']} ")
    base.search(QUESTIONS["en"], language="en")
    base.search(QUESTIONS["en"], language="en")
    assert encoder.asked == [QUESTIONS["en"]]


def test_where_only_another_language_has_articles_it_is_searched_and_said(tmp_path: Path, encoder: WordHashing) -> None:
    build_index(write_help_center(tmp_path / "a", ["es"]), tmp_path / "index", embedder=encoder)
    result = KnowledgeBase.open(tmp_path / "index", embedder=encoder).search(QUESTIONS["pt"], language="pt")
    assert ids(result)[0] == "refund-order"
    assert (result.language, result.other_language, result.hits[0].locale) == ("pt", True, "es")


def test_an_article_that_exists_in_another_language_only_is_found_when_the_own_has_nothing(
    tmp_path: Path, encoder: WordHashing
) -> None:
    root = write_help_center(tmp_path / "a")
    write(root, "pt/ftp.md", "---\ntitle: Acesso FTP\nslugEN: ftp\n---\nUse filezilla para conectar ao servidor.\n")
    build_index(root, tmp_path / "index", embedder=encoder)
    result = KnowledgeBase.open(tmp_path / "index", embedder=encoder).search("filezilla", language="es")
    assert (ids(result)[0], result.hits[0].locale, result.other_language) == ("ftp", "pt", True)


def test_all_languages_ranks_each_article_once_in_the_questions_language(base: KnowledgeBase) -> None:
    result = base.search(QUESTIONS["es"], language="es", limit=10, all_languages=True)
    found = ids(result)
    assert found[0] == "refund-order"
    assert sorted(found) == sorted(set(found))
    assert result.hits[0].locale == "es"


def test_without_a_language_it_is_guessed(base: KnowledgeBase) -> None:
    assert base.search("como faço para reembolsar um pedido que não foi entregue").language == "pt"
    assert base.search("how do I refund an order that was not delivered").language == "en"


def test_a_regional_locale_serves_its_language(tmp_path: Path, encoder: WordHashing) -> None:
    write_help_center(tmp_path / "a", ["pt"])
    (tmp_path / "a/pt").rename(tmp_path / "a/pt-BR")
    for path in (tmp_path / "a/pt-BR").iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace("locale: pt", "locale: pt-BR"), encoding="utf-8")
    build_index(tmp_path / "a", tmp_path / "index", embedder=encoder)
    base = KnowledgeBase.open(tmp_path / "index", embedder=encoder)
    result = base.search(QUESTIONS["pt"], language="pt")
    assert (ids(result)[0], result.hits[0].locale, result.other_language) == ("refund-order", "pt-BR", False)
    assert base.article("refund-order", "pt") is not None
    assert base.article("refund-order", "es") is None


def test_many_threads_get_the_answers_of_one(base: KnowledgeBase) -> None:
    asked = [(title, locale) for each in TOPICS.values() for locale, (title, _) in each.items()] * 20
    expected = [ids(base.search(text, language=locale)) for text, locale in asked]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda pair: ids(base.search(pair[0], language=pair[1])), asked))
    assert found == expected


def test_a_batch_finds_what_single_searches_find(base: KnowledgeBase) -> None:
    pairs = [(text, language) for language, text in QUESTIONS.items()]
    assert base.search_many(pairs) == [base.search(text, language=language) for text, language in pairs]


def test_links_between_articles_lead_to_the_readers_locale(tmp_path: Path, encoder: WordHashing) -> None:
    root = write_help_center(tmp_path / "a", ["en", "es"])
    links = "[a](/en/tutorial/refund-order--4x9#top) [b](reset-password.md) [c](es/docs/connect-domain) [d](missing.md)"
    write(root, "es/links.md", f"---\ntitle: Enlaces\n---\n{links} palabras\n")
    build_index(root, tmp_path / "index", embedder=encoder)
    base = KnowledgeBase.open(tmp_path / "index", embedder=encoder)
    article = base.article("links", "es")
    assert article is not None
    html = base.render(article)
    assert 'href="/help/es/refund-order#top"' in html
    assert 'href="/help/es/reset-password"' in html
    assert 'href="/help/es/connect-domain"' in html
    assert "missing" not in html
    assert html.endswith(" d palabras</p>")


def test_status_tells_counts_and_what_was_left_out(tmp_path: Path, encoder: WordHashing) -> None:
    root = write_help_center(tmp_path / "a")
    write(root, "es/draft.md", "---\ntitle: X\nstatus: DRAFT\n---\nTexto.\n")
    report = build_index(root, tmp_path / "index", embedder=encoder)
    status = KnowledgeBase.open(tmp_path / "index", embedder=encoder).status()
    assert (report.articles, report.passages) == (15, 15)
    assert {locale: each.articles for locale, each in status.locales.items()} == {"en": 5, "es": 5, "pt": 5}
    assert status.skipped == ("es/draft.md: status DRAFT",)
