"""Other models in place of the bundled one: by folder, by name from a hub, with prompts and without."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from knowledge_base import EncoderUnusable, KnowledgeBase, build_index
from knowledge_base.encoders import MiniLM, graph_files, load_encoder, named
from knowledge_base.encoders.named import Choice, NamedModel
from knowledge_base.encoders.stock import StockModel
from tests.knowledge_base.conftest import MakeModel, write_help_center
from tests.support.model_hub import ModelHub

TEXTS = ["how do I connect my domain?", "o pedido", "a refund of the order to my card " * 20, "", "half \ud83d pair"]


MEASURED = named._milliseconds


@pytest.fixture(autouse=True)
def _graphs_are_quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they are, on a machine that does nothing else besides; what is chosen must not hang on that."""
    monkeypatch.setattr(named, "_milliseconds", lambda model, prompt: 2.0 if isinstance(model, StockModel) else 1.0)


def choice(cache_dir: Path) -> Choice:
    (file,) = cache_dir.glob("*.json")
    return Choice.model_validate_json(file.read_bytes())


@pytest.mark.parametrize(("family", "pooling"), [("bert", "mean"), ("bert", "cls"), ("roberta", "mean")])
def test_a_model_in_a_folder_is_run_as_a_graph_with_its_own_vectors(
    small_model: MakeModel, tmp_path: Path, family: str, pooling: str
) -> None:
    folder = small_model("small", family=family, pooling=pooling)
    encoder = load_encoder(str(folder), cache_dir=tmp_path, threads=2)
    vectors = encoder.encode(TEXTS)
    assert (encoder.name, encoder.dimensions, vectors.shape) == ("small", 48, (5, 48))
    assert (StockModel(folder, 1).encode(TEXTS) * vectors).sum(axis=1).min() > 0.98
    made = choice(tmp_path)
    assert made.engine in ("int8", "fp32")
    assert made.milliseconds[made.engine] < made.milliseconds["stock"]


def test_what_is_compared_is_measured(small_model: MakeModel) -> None:
    assert MEASURED(StockModel(small_model("small"), 1), "query: ") > 0


def test_a_graph_that_is_no_quicker_than_the_library_is_not_used(
    small_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named, "_milliseconds", lambda model, prompt: 1.0 if isinstance(model, StockModel) else 2.0)
    folder = small_model("small")
    encoder = NamedModel(str(folder), cache_dir=tmp_path)
    assert np.allclose(encoder.encode(TEXTS), StockModel(folder, 1).encode(TEXTS), atol=1e-5)
    assert choice(tmp_path).engine == "stock"
    monkeypatch.setattr(named, "load_graph", lambda *_, **__: pytest.fail("measured again"))
    again = NamedModel(str(folder), cache_dir=tmp_path)
    assert again.digest == encoder.digest
    again.encode(TEXTS[:1])


def test_a_make_of_model_that_has_no_graph_is_run_by_its_library(small_model: MakeModel, tmp_path: Path) -> None:
    folder = small_model("small", activation="relu")
    encoder = NamedModel(str(folder), cache_dir=tmp_path)
    assert np.allclose(encoder.encode(TEXTS), StockModel(folder, 1).encode(TEXTS), atol=1e-6)
    assert choice(tmp_path).engine == "stock"


@pytest.mark.parametrize(
    ("name", "prompts", "query", "passage"),
    [
        ("small", {"query": "query: ", "document": "passage: "}, "query: ", "passage: "),
        ("small", {"query": "represent this question: "}, "represent this question: ", ""),
        ("multilingual-e5-small", None, "query: ", "passage: "),
        ("base7", None, "", ""),
    ],
)
def test_questions_and_passages_get_the_prompts_that_the_model_was_trained_with(
    small_model: MakeModel, tmp_path: Path, name: str, prompts: dict[str, str] | None, query: str, passage: str
) -> None:
    folder = small_model(name, prompts=prompts)
    encoder = NamedModel(str(folder), cache_dir=tmp_path, threads=1)
    stock = StockModel(folder, 1)
    for kind, prompt in (("query", query), ("passage", passage)):
        vectors = encoder.encode(["refund of my order"], kind="query" if kind == "query" else "passage")
        assert vectors[0] @ stock.encode([prompt + "refund of my order"])[0] > 0.98


def test_prompts_and_weights_and_precision_decide_the_digest(
    small_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, prompted = small_model("small"), small_model("small", prompts={"query": "query: "})
    copied = Path(shutil.copytree(plain, tmp_path / "elsewhere" / "small"))
    digests = {folder: NamedModel(str(folder), cache_dir=tmp_path / "a").digest for folder in (plain, prompted, copied)}
    assert digests[plain] == digests[copied] != digests[prompted]
    monkeypatch.setitem(graph_files.LEAST_COSINE, "int8", 1.5)
    assert NamedModel(str(plain), cache_dir=tmp_path / "b").digest != digests[plain]


def test_what_was_measured_is_remembered_until_the_files_change(
    small_model: MakeModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(small_model("small"), tmp_path / "small"))
    digest = NamedModel(str(folder), cache_dir=tmp_path / "cache").digest
    with monkeypatch.context() as patched:
        patched.setattr(StockModel, "load", lambda _: pytest.fail("torch is not needed"))
        again = NamedModel(str(folder), cache_dir=tmp_path / "cache")
        assert (again.digest, again.dimensions) == (digest, 48)
        assert again.encode(["refund"], kind="query").shape == (1, 48)
    settings = json.loads((folder / "config_sentence_transformers.json").read_text())
    (folder / "config_sentence_transformers.json").write_text(json.dumps({**settings, "prompts": {"query": "my "}}))
    assert NamedModel(str(folder), cache_dir=tmp_path / "cache").digest != digest


def test_an_index_is_built_and_searched_with_another_model(small_model: MakeModel, tmp_path: Path) -> None:
    folder = small_model("small", prompts={"query": "query: ", "document": "passage: "})
    source = write_help_center(tmp_path / "articles", ["en"])
    build_index(source, tmp_path / "index", embedder=load_encoder(str(folder), cache_dir=tmp_path / "encoders"))
    manifest = json.loads((tmp_path / "index/manifest.json").read_text())
    encoder = load_encoder(str(folder), cache_dir=tmp_path / "encoders", threads=1)
    assert (manifest["encoder"], manifest["encoder_digest"]) == ("small", encoder.digest)
    base = KnowledgeBase.open(tmp_path / "index", embedder=encoder)
    assert base.search("reset your password", language="en").hits[0].article_id == "reset-password"


def test_nothing_named_is_the_bundled_encoder(tmp_path: Path) -> None:
    assert isinstance(load_encoder(None, cache_dir=tmp_path), MiniLM)
    assert isinstance(load_encoder("", cache_dir=tmp_path), MiniLM)


@pytest.mark.parametrize("missing", ["/nowhere/at/all", "./models/small", "~/models/small", "a b", "owner/model/more"])
def test_a_folder_that_is_not_there_is_named(missing: str) -> None:
    with pytest.raises(EncoderUnusable, match="There is no folder"):
        NamedModel(missing).encode(["x"])


def test_a_folder_that_holds_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderUnusable, match="cannot be loaded"):
        NamedModel(str(tmp_path)).encode(["x"])


ASK = (
    "import sys; from pathlib import Path\n"
    "from knowledge_base import EncoderUnusable\n"
    "from knowledge_base.encoders import load_encoder\n"
    "for name in sys.argv[2:]:\n"
    "    encoder = load_encoder(name, cache_dir=Path(sys.argv[1]), threads=1)\n"
    "    try: print(encoder.name, encoder.encode(['refund'], kind='query').shape, encoder.digest)\n"
    "    except EncoderUnusable as error: print('unusable:', error)\n"
)


def ask(cache_dir: Path, *names: str, **environment: str) -> list[str]:
    """A line for each name, from a process of its own: the hub's library reads its settings when it is imported."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(cache_dir), *names],
        env={**os.environ, "HF_HOME": str(cache_dir / "hub"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


def test_a_model_of_a_hub_is_fetched_once_and_then_needs_no_hub(small_model: MakeModel, tmp_path: Path) -> None:
    with ModelHub({"acme/multilingual-e5-tiny": small_model("tiny")}) as hub:
        first, unknown = ask(tmp_path, "acme/multilingual-e5-tiny", "acme/unknown", HF_ENDPOINT=hub.url)
    assert first.startswith("acme/multilingual-e5-tiny (1, 48)")
    assert "model.safetensors" in hub.fetched
    assert "training.bin" not in hub.fetched
    assert "The hub has no model acme/unknown" in unknown
    assert ask(tmp_path, "acme/multilingual-e5-tiny", HF_ENDPOINT=hub.url, HF_HUB_OFFLINE="1") == [first]


@pytest.mark.parametrize("environment", [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}])
def test_a_hub_that_cannot_be_reached_says_how_to_bring_the_model(tmp_path: Path, environment: dict[str, str]) -> None:
    (said,) = ask(tmp_path, "acme/multilingual-e5-tiny", **environment)
    assert "hf download acme/multilingual-e5-tiny --local-dir FOLDER" in said
