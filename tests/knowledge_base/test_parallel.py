from __future__ import annotations

from knowledge_base.articles import Article, Passage
from knowledge_base.chunking import passages_of
from knowledge_base.parallel import Segment, parallel_passages, parallel_segments


def passages(locale: str, *bodies: str) -> list[Passage]:
    made: list[Passage] = []
    for number, body in enumerate(bodies):
        article = Article(f"a{number}", locale, f"Title {number} {locale}", f"/{number}", body, f"{locale}/{number}.md")
        made += passages_of(article)
    return made


ENGLISH = "First words.\n\n## Steps\n\n1. Open the page\n2. Save it\n"
SPANISH = "Primeras palabras.\n\n## Pasos\n\n1. Abre la página\n2. Guárdala\n"


def test_titles_headings_and_lines_of_translations_are_paired_in_order() -> None:
    found = parallel_segments(passages("es", SPANISH), passages("en", ENGLISH))
    assert found == [
        Segment("a0", "Title 0 es", "Title 0 en"),
        Segment("a0", "Primeras palabras.", "First words."),
        Segment("a0", "Pasos", "Steps"),
        Segment("a0", "1. Abre la página", "1. Open the page"),
        Segment("a0", "2. Guárdala", "2. Save it"),
    ]


def test_a_section_with_other_lines_is_paired_as_a_whole() -> None:
    found = parallel_segments(passages("es", "Una frase. Otra."), passages("en", "One sentence.\n\nAnother."))
    assert found[1:] == [Segment("a0", "Una frase. Otra.", "One sentence. Another.")]


def test_only_titles_are_paired_where_the_outlines_differ() -> None:
    found = parallel_segments(passages("es", SPANISH + "\n## Más\n\nAlgo más.\n"), passages("en", ENGLISH))
    assert found == [Segment("a0", "Title 0 es", "Title 0 en")]


def test_an_article_without_a_translation_has_no_pair() -> None:
    assert len(parallel_segments(passages("es", SPANISH, "Solo aquí."), passages("en", ENGLISH))) == 5


def test_passages_are_paired_by_number_within_their_articles() -> None:
    es, en = passages("es", "Una.", SPANISH), passages("en", "One.", ENGLISH)
    assert parallel_passages(es, en) == {0: 0, 1: 1, 2: 2}
    assert parallel_passages(passages("es", "Una.", SPANISH + "\n## Más\n\nAlgo.\n"), en) == {0: 0}
