from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base import EncoderUnusable
from knowledge_base.reranking import load_reranker
from tests.knowledge_base.conftest import MakeModel

PASSAGES = ["reset the password", "refund of the order", "connect a domain", "half \ud83d pair", ""]


def test_a_cross_encoder_scores_each_passage_by_itself(small_reranker: MakeModel) -> None:
    reranker = load_reranker(str(small_reranker("judge")), threads=1)
    assert reranker is not None
    assert reranker.name == "judge"
    scores = reranker.scores("how do I order a refund?", PASSAGES)
    assert scores.shape == (5,)
    assert len(set(scores.tolist())) > 3
    alone = [reranker.scores("how do I order a refund?", [passage])[0] for passage in PASSAGES]
    assert np.allclose(scores, alone, atol=1e-5)
    assert not np.allclose(scores, reranker.scores("zone", PASSAGES), atol=1e-3)
    assert reranker.scores("anything", []).shape == (0,)


def test_its_scores_are_those_of_the_library_before_the_sigmoid(small_reranker: MakeModel) -> None:
    from sentence_transformers import CrossEncoder

    folder = small_reranker("judge")
    reranker = load_reranker(str(folder), threads=1)
    assert reranker is not None
    pairs = [("refund", passage) for passage in PASSAGES[:3]]
    library = CrossEncoder(str(folder), device="cpu").predict(pairs, show_progress_bar=False)
    assert np.allclose(1 / (1 + np.exp(-reranker.scores("refund", PASSAGES[:3]))), library, atol=1e-5)


def test_no_reranker_is_named_by_default() -> None:
    assert load_reranker(None) is None
    assert load_reranker("") is None


def test_a_model_that_is_no_reranker_is_refused(small_reranker: MakeModel, tmp_path: Path) -> None:
    two = load_reranker(str(small_reranker("classifier", labels=2)))
    empty = load_reranker(str(tmp_path))
    missing = load_reranker("/nowhere/at/all")
    assert two is not None
    assert empty is not None
    assert missing is not None
    with pytest.raises(EncoderUnusable, match="gives 2 numbers"):
        two.scores("refund", ["a"])
    with pytest.raises(EncoderUnusable, match="cannot be loaded"):
        empty.scores("refund", ["a"])
    with pytest.raises(EncoderUnusable, match="There is no folder"):
        missing.scores("refund", ["a"])
