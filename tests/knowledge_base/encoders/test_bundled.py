"""The bundled encoder against the model that it is made of, and what happens to its file."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from knowledge_base import EncoderUnusable
from knowledge_base.encoders import bundled, graph_files
from knowledge_base.encoders.bundled import MINILM_SHA256, MiniLM
from knowledge_base.encoders.graph_files import vectors_digest
from knowledge_base.encoders.stock import StockModel

TEXTS = [
    "my card was charged twice",
    "¿Dónde cambio la zona horaria de la tienda?",
    "como exporto o relatório de vendas do mês",
    "Gift cards\nA gift card is a product whose price the shopper chooses. Create one, set the amounts, and publish it.",
    "Tarjetas de regalo\nLa persona elige el monto. Crea el producto, define los valores y publícalo en tu tienda.",
    "HTTP 429 too many requests (ERR-7781)",
    "a",
    "",
]


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the graph made."""
    folder = tmp_path_factory.mktemp("encoders")
    MiniLM(cache_dir=folder, threads=1).load()
    return folder


def graphs(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_its_vectors_are_nearly_those_of_the_original(cache_dir: Path) -> None:
    stock = StockModel(bundled.model_folder(), 1).encode(TEXTS)
    ours = MiniLM(cache_dir=cache_dir, threads=1).encode(TEXTS)
    assert np.allclose(np.linalg.norm(ours, axis=1), 1, atol=1e-5)
    assert (stock * ours).sum(axis=1).min() > 0.985


def test_without_int8_its_vectors_are_those_of_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(graph_files.LEAST_COSINE, "int8", 1.5)
    encoder = MiniLM(cache_dir=tmp_path, threads=1)
    ours = encoder.encode(TEXTS)
    assert "int8" in caplog.text
    assert np.allclose(ours, StockModel(bundled.model_folder(), 1).encode(TEXTS), atol=2e-6)
    assert encoder.digest == vectors_digest(MINILM_SHA256, "fp32") == MINILM_SHA256
    again = MiniLM(cache_dir=tmp_path, threads=1)
    assert np.array_equal(again.encode(TEXTS), ours)
    assert ["-fp32-" in path.name for path in graphs(tmp_path)] == [True]


def test_a_text_has_one_vector_whatever_it_is_encoded_with(cache_dir: Path) -> None:
    alone = np.concatenate([MiniLM(cache_dir=cache_dir, threads=1).encode([text]) for text in TEXTS[:4]])
    counts: list[int] = []
    together = MiniLM(cache_dir=cache_dir, threads=3).encode(TEXTS * 5, progress=counts.append)
    for at in range(5):
        assert np.array_equal(together[at * len(TEXTS) :][:4], alone)
    assert counts == [16, 32, 40]
    assert MiniLM(cache_dir=cache_dir).encode([]).shape == (0, 384)


def test_half_a_surrogate_pair_and_ten_megabytes_are_encoded(cache_dir: Path) -> None:
    vectors = MiniLM(cache_dir=cache_dir, threads=1).encode(["broken \ud83d export", "word " * 2_000_000])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_its_digest_is_known_without_loading_it(cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "load_graph", lambda *_, **__: pytest.fail("loaded"))
    assert MiniLM(cache_dir=cache_dir).digest == vectors_digest(MINILM_SHA256, "int8") != MINILM_SHA256


def test_serving_it_imports_neither_torch_nor_transformers_nor_onnx(cache_dir: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from knowledge_base import KnowledgeBase\n"
        "from knowledge_base.encoders import MiniLM\n"
        "MiniLM(cache_dir=Path(sys.argv[1]), threads=1).encode(['refund'], kind='query')\n"
        "print(*({'torch', 'transformers', 'sentence_transformers', 'onnx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(cache_dir)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("damage", [lambda raw: raw[:-3], lambda raw: raw[:9000] + b"\0" + raw[9001:]])
def test_a_damaged_file_is_made_anew(cache_dir: Path, tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    (whole,) = graphs(cache_dir)
    (tmp_path / whole.name).write_bytes(damage(whole.read_bytes()))
    MiniLM(cache_dir=tmp_path, threads=1).encode(["refund"])
    assert graphs(tmp_path)[0].read_bytes() == whole.read_bytes()


def test_several_that_start_at_once_make_one_file(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        vectors = list(pool.map(lambda _: MiniLM(cache_dir=tmp_path, threads=1).encode(["refund"]), range(2)))
    assert np.array_equal(vectors[0], vectors[1])
    assert len(graphs(tmp_path)) == 1


def test_where_nothing_can_be_written_it_works_all_the_same(tmp_path: Path, cache_dir: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    encoder = MiniLM(cache_dir=tmp_path / "file" / "encoders", threads=1)
    assert np.array_equal(encoder.encode(TEXTS[:2]), MiniLM(cache_dir=cache_dir, threads=1).encode(TEXTS[:2]))


def test_without_onnxruntime_the_library_of_the_model_does_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    encoder = MiniLM(cache_dir=tmp_path, threads=1)
    with caplog.at_level(logging.WARNING):
        vectors = encoder.encode(TEXTS[:2], kind="query")
    assert "five times slower" in caplog.text
    assert encoder.digest == MINILM_SHA256
    assert np.allclose(vectors, StockModel(bundled.model_folder(), 1).encode(TEXTS[:2]), atol=1e-6)


def test_a_machine_that_computes_the_file_wrongly_does_not_use_it(
    cache_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest was promised from the file's name; vectors of another kind must not be compared with the index."""
    shutil.copytree(cache_dir, tmp_path, dirs_exist_ok=True)
    encoder = MiniLM(cache_dir=tmp_path, threads=1)
    assert encoder.digest == vectors_digest(MINILM_SHA256, "int8")
    monkeypatch.setitem(graph_files.LEAST_COSINE, "int8", 1.5)
    with pytest.raises(EncoderUnusable, match="build the index again"):
        encoder.encode(["refund"])


def test_other_weights_than_the_reviewed_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "MINILM_SHA256", "f" * 64)
    with pytest.raises(EncoderUnusable, match="not the reviewed ones"):
        MiniLM().encode(["x"])
