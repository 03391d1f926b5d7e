"""Tiny help centers and a stand-in for the encoder that is quick and deterministic."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowledge_base import KnowledgeBase, build_index
from knowledge_base.embedding import Kind, Vectors
from knowledge_base.text import fold
from tests.support import small_models

TOPICS = {
    "reset-password": {
        "en": ("Reset your password", "Open the sign-in page and choose Forgot password. A link arrives by mail."),
        "es": ("Restablecer tu contraseña", "Abre la página de ingreso y elige Olvidé mi contraseña. Llega un enlace."),
        "pt": (
            "Redefinir sua senha",
            "Abra a página de acesso e escolha Esqueci minha senha. Um link chega por e-mail.",
        ),
    },
    "refund-order": {
        "en": ("Refund an order", "In Orders open the order, choose Refund and type the amount to give back."),
        "es": ("Reembolsar un pedido", "En Pedidos abre el pedido, elige Reembolsar y escribe el monto a devolver."),
        "pt": ("Reembolsar um pedido", "Em Pedidos abra o pedido, escolha Reembolsar e digite o valor a devolver."),
    },
    "connect-domain": {
        "en": ("Connect your own domain", "Add a CNAME record at your registrar and wait for the certificate."),
        "es": ("Conectar tu propio dominio", "Agrega un registro CNAME en tu registrador y espera el certificado."),
        "pt": ("Conectar seu próprio domínio", "Adicione um registro CNAME no seu registrador e espere o certificado."),
    },
    "export-reports": {
        "en": ("Export sales reports", "Choose Reports, pick the period and download the spreadsheet."),
        "es": ("Exportar reportes de ventas", "Elige Reportes, indica el período y descarga la planilla."),
        "pt": ("Exportar relatórios de vendas", "Escolha Relatórios, indique o período e baixe a planilha."),
    },
    "shipping-rates": {
        "en": ("Set shipping rates by weight", "Create a zone, add a rate per kilogram and save the carrier."),
        "es": (
            "Definir tarifas de envío por peso",
            "Crea una zona, agrega una tarifa por kilogramo y guarda la empresa.",
        ),
        "pt": ("Definir frete por peso", "Crie uma zona, adicione uma tarifa por quilograma e salve a transportadora."),
    },
}


class WordHashing:
    """Unit vectors of folded words: enough for texts that share words to be alike. Counts what it was asked."""

    name = "word-hashing"
    digest = "0" * 64
    dimensions = 64

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(
        self, texts: Sequence[str], *, kind: Kind = "passage", progress: Callable[[int], None] | None = None
    ) -> Vectors:
        self.asked.extend(texts)
        vectors = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in fold(text).split():
                row[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1
            row /= np.linalg.norm(row)
        if progress:
            progress(len(texts))
        return vectors


def use_quick_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a command would load the bundled encoder, it takes the stand-in."""
    for place in ("build", "search"):
        monkeypatch.setattr(f"knowledge_base.{place}.MiniLM", lambda **_settings: WordHashing())


def write(root: Path, path: str, text: str) -> Path:
    """Writes `text` to `root/path`, folders included."""
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    return target


def write_help_center(root: Path, locales: Sequence[str] = ("en", "es", "pt")) -> Path:
    """The five articles of `TOPICS` in each of `locales`, joined by slugEN."""
    for slug, translations in TOPICS.items():
        for locale in locales:
            title, text = translations[locale]
            write(
                root,
                f"{locale}/{slug}.md",
                f"---\ntitle: '{title}'\nstatus: PUBLISHED\nslugEN: {slug}\nlocale: {locale}\n---\n\n"
                f"## {title}: 1, 2, 3\n\n{text}\n",
            )
    return root


@pytest.fixture
def encoder() -> WordHashing:
    return WordHashing()


@pytest.fixture
def help_center(tmp_path: Path) -> Path:
    return write_help_center(tmp_path / "articles")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the tiny help center to copy: a build takes a second, a copy a millisecond."""
    folder = tmp_path_factory.mktemp("built_once")
    build_index(write_help_center(folder / "articles"), folder / "index", embedder=WordHashing())
    return folder / "index"


@pytest.fixture
def base(help_center: Path, built_once: Path, tmp_path: Path, encoder: WordHashing) -> KnowledgeBase:
    """An index of the tiny help center, opened; nothing has been asked of `encoder` for it yet."""
    shutil.copytree(built_once, tmp_path / "index")
    opened = KnowledgeBase.open(tmp_path / "index", embedder=encoder)
    encoder.asked.clear()
    return opened


MakeModel = Callable[..., Path]
"""Called with a name and what `tests.support.small_models` takes; the folder made is shared and not to be changed."""


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    return _made_once(small_models.make_model, tmp_path_factory)


@pytest.fixture(scope="session")
def small_reranker(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    return _made_once(small_models.make_reranker, tmp_path_factory)


def _made_once(make: MakeModel, factory: pytest.TempPathFactory) -> MakeModel:
    made: dict[str, Path] = {}

    def once(name: str, **options: object) -> Path:
        key = repr((name, sorted(options.items())))
        if key not in made:
            made[key] = make(factory.mktemp("models"), name, **options)
        return made[key]

    return once
