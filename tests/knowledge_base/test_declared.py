from __future__ import annotations

from pathlib import Path

import pytest

from knowledge_base import SourcesFileInvalid
from knowledge_base.sources.declared import load_sources
from tests.knowledge_base.conftest import write, write_help_center

SHIPPED = Path(__file__).parents[2] / "data/help_center/sources.yml"


def test_the_shipped_file_declares_the_sample_help_center(tmp_path: Path) -> None:
    (declared,) = load_sources(SHIPPED).sources
    assert {article.locale for article in declared.open(SHIPPED.parent, tmp_path).read().articles} == {"en", "es", "pt"}


def test_a_path_is_relative_to_the_file_that_declares_it(tmp_path: Path) -> None:
    write_help_center(tmp_path / "articles", ["en"])
    path = write(tmp_path, "sources.yml", "sources:\n  - {name: mine, kind: folder, path: articles}\n")
    (declared,) = load_sources(path).sources
    assert len(declared.open(tmp_path, tmp_path).read().articles) == 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sources: []\n", "sources"),
        ("sources:\n  - {name: a, kind: ftp, path: x}\n", "kind"),
        ("sources:\n  - {name: a, kind: folder, path: x, colour: red}\n", "colour"),
        ("sources: [\n", "not valid YAML"),
        ("", "sources.yml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SourcesFileInvalid, match=told):
        load_sources(write(tmp_path, "sources.yml", text))
    with pytest.raises(SourcesFileInvalid, match="cannot be read"):
        load_sources(tmp_path / "none.yml")
