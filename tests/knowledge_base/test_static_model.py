from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.articles import Article, Passage
from knowledge_base.chunking import split_article
from knowledge_base.links import LinkMap
from knowledge_base.static_model import TOKENIZER, WEIGHTS, StaticModel
from knowledge_base.static_training import Pair, train_static_model, training_pairs

TOPICS = {
    "refunds": ("Refund an order", "Open the order and choose Refund to give the money back to the shopper."),
    "domains": ("Connect a domain", "Add a CNAME record at the registrar and wait for the certificate to arrive."),
    "stock": ("Count your stock", "The warehouse page lists how many pieces of each product are left to sell."),
}
SPANISH = {
    "refunds": ("Reembolsar un pedido", "Abre el pedido y elige Reembolsar para devolver el dinero al comprador."),
    "domains": (
        "Conectar un dominio",
        "Agrega un registro CNAME en el registrador y espera que llegue el certificado.",
    ),
    "stock": ("Contar tu inventario", "La página del almacén lista cuántas piezas de cada producto quedan por vender."),
}


def passages() -> dict[str, list[Passage]]:
    articles = [
        Article(slug, locale, title, f"/help/{locale}/{slug}", body, f"{locale}/{slug}.md")
        for locale, topics in (("en", TOPICS), ("es", SPANISH))
        for slug, (title, body) in topics.items()
    ]
    found: dict[str, list[Passage]] = {"en": [], "es": []}
    links = LinkMap(articles)
    for article in articles:
        found[article.locale] += split_article(article, links).passages
    return found


@pytest.fixture(scope="module")
def model() -> StaticModel:
    by_locale = passages()
    texts = [each.text for locale in by_locale for each in by_locale[locale]]
    # What a sentence encoder would say: translations of one article have one vector.
    targets = np.tile(np.eye(3, 384, dtype=np.float32), (2, 1))
    return train_static_model(by_locale, texts, targets)


def test_a_question_is_nearest_to_the_article_about_it_in_either_language(model: StaticModel) -> None:
    texts = [text for topics in (TOPICS, SPANISH) for _, text in topics.values()]
    articles = model.encode(texts)
    for question, about in (("give the money back", 0), ("registro CNAME", 1), ("piezas del almacén", 2)):
        scores = articles @ model.encode([question])[0]
        assert int(np.argmax(scores)) % 3 == about


def test_vectors_have_unit_length_and_a_text_without_known_pieces_has_none(model: StaticModel) -> None:
    vectors = model.encode(["order", "", "  "])
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 0], atol=1e-5)


def test_what_is_read_back_is_what_was_written(model: StaticModel, tmp_path: Path) -> None:
    model.write(tmp_path)
    files = {name: (tmp_path / name).read_bytes() for name in (TOKENIZER, WEIGHTS)}
    again = StaticModel.read(files)
    assert again.digest == model.digest
    assert np.array_equal(again.encode(["refund the order"]), model.encode(["refund the order"]))


def test_files_that_do_not_belong_together_are_refused(model: StaticModel, tmp_path: Path) -> None:
    model.write(tmp_path)
    files = {name: (tmp_path / name).read_bytes() for name in (TOKENIZER, WEIGHTS)}
    other = StaticModel.make(model.tokenizer, model.weights[:-1])
    other.write(tmp_path)
    with pytest.raises(ValueError, match="do not belong together"):
        StaticModel.read({**files, WEIGHTS: (tmp_path / WEIGHTS).read_bytes()})
    with pytest.raises(ValueError, match="cannot be read"):
        StaticModel.read({**files, TOKENIZER: b"{"})


def test_sentence_transformers_reads_it_as_a_static_embedding(model: StaticModel, tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    theirs = SentenceTransformer(modules=[StaticEmbedding(model.tokenizer, embedding_weights=model.weights)])
    text = "choose refund in the order"
    assert theirs.encode([text])[0] @ model.encode([text])[0] / np.linalg.norm(theirs.encode([text])[0]) > 0.999


def test_the_same_articles_train_the_same_model() -> None:
    by_locale = passages()
    targets = np.eye(3, 384, dtype=np.float32)
    texts = [each.text for each in by_locale["en"]]
    one, other = (train_static_model({"en": by_locale["en"]}, texts, targets) for _ in range(2))
    assert one.digest == other.digest


def test_pairs_are_made_of_titles_headings_links_and_translations() -> None:
    articles = [
        Article("a", "en", "Start here", "/help/en/a", "## First\n\nRead [about refunds](b.md) now.\n", "en/a.md"),
        Article("b", "en", "Refunds", "/help/en/b", "Money goes back within a week.\n", "en/b.md"),
        Article("b", "es", "Reembolsos", "/help/es/b", "El dinero vuelve en una semana.\n", "es/b.md"),
    ]
    links = LinkMap(articles)
    split = {locale: [p for a in articles if a.locale == locale for p in split_article(a, links).passages]
             for locale in ("en", "es")}  # fmt: skip
    pairs = training_pairs(split)
    assert Pair("First", "Read about refunds now.", "a") in pairs
    assert Pair("Refunds", "Money goes back within a week.", "b") in pairs
    assert Pair("about refunds", "Refunds\nMoney goes back within a week.", "b") in pairs
    assert Pair("Refunds", "El dinero vuelve en una semana.", "b") in pairs
    assert Pair("Money goes back within a week.", "El dinero vuelve en una semana.", "b") in pairs
    assert len(pairs) == len(set(pairs))
