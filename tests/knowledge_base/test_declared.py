from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from knowledge_base import SourcesFileInvalid
from knowledge_base.sources.declared import (
    DeclaredFolder,
    DeclaredGit,
    DeclaredJsonl,
    DeclaredWebsite,
    DeclaredZendesk,
    load_sources,
)
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


DOCUMENTED = Path(__file__).parents[2] / "docs/sources.md"
KINDS = (DeclaredFolder, DeclaredGit, DeclaredJsonl, DeclaredWebsite, DeclaredZendesk)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_option_of_a_kind_is_in_its_part_of_the_page(kind: type[BaseModel]) -> None:
    page = DOCUMENTED.read_text(encoding="utf-8")
    name = kind.model_fields["kind"].annotation.__args__[0]  # type: ignore[union-attr]
    parts = page.split("## Options of every kind")[1].split("\n## ")
    part = parts[0] + next(each for each in parts if each.startswith(f"`{name}`"))
    assert [field for field in kind.model_fields if f"`{field}`" not in part] == []


def test_the_examples_of_the_page_and_of_the_shipped_file_can_be_declared(tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL)
    assert len(load_sources(write(tmp_path, "page.yml", "sources:\n" + "".join(examples))).sources) == len(KINDS)
    shipped = re.sub(r"^  # (?=- |  )", "  ", SHIPPED.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(load_sources(write(tmp_path, "shipped.yml", shipped)).sources) == len(KINDS)
