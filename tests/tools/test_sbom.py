"""The SBOM is valid CycloneDX, whole, and names no licence that the product may not have."""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tools.sbom import DoesNotAgree, Package, bom, main_packages, packages, rasa_packages, this_platform

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", params=["main", "rasa"])
def environment(request: pytest.FixtureRequest) -> list[Package]:
    return main_packages() if request.param == "main" else rasa_packages(this_platform())


def schema(name: str) -> dict[str, Any]:
    """CycloneDX's own, as its Python library brings it."""
    folder = importlib.resources.files("cyclonedx.schema") / "_res"
    found: dict[str, Any] = json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text(encoding="utf-8"))
    return found


def test_the_sbom_is_valid_and_links_every_package(environment: list[Package]) -> None:
    document = bom("copilot", "1.0", environment)
    registry = jsonschema_rs.Registry(
        # They refer to each other by these file names.
        [
            (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", schema(name))
            for name in ("spdx", "jsf-0.82", "bom-1.6")
        ],
        retriever=_nothing,
    )
    errors = [error.message for error in jsonschema_rs.iter_errors(schema("bom-1.6"), document, registry=registry)]
    assert errors == []
    assert len(document["components"]) > 60
    refs = {each["bom-ref"] for each in document["components"]}
    asked_for = {ref for each in document["dependencies"] for ref in each["dependsOn"]}
    assert asked_for == refs
    assert bom("copilot", "1.0", environment) == document


def _nothing(uri: str) -> Any:
    raise AssertionError(f"{uri} is fetched from nowhere")


def test_every_package_has_hashes_and_a_licence_and_none_is_under_the_gpl(environment: list[Package]) -> None:
    assert [each.name for each in environment if not each.hashes] == []
    assert [each.name for each in environment if not each.expression and not each.licences] == []
    assert [each.name for each in environment if each.is_gpl] == []
    assert "zenpy" not in {each.name for each in environment}


@pytest.mark.parametrize(
    ("expression", "names", "expected"),
    [
        ("GPL-3.0-only", (), True),
        ("AGPL-3.0-or-later", (), True),
        ("MIT AND GPL-2.0-only", (), True),
        (None, ("GNU General Public License v3 (GPLv3)",), True),
        ("GPL-2.0-only OR MIT", (), False),
        ("LGPL-3.0-only", (), False),
        (None, ("LGPL with exceptions", "GNU Library or Lesser General Public License (LGPL)"), False),
        ("Apache-2.0", (), False),
    ],
)
def test_the_gpl_is_told_from_its_lesser_sister(expression: str | None, names: tuple[str, ...], expected: bool) -> None:
    assert Package("a", "1", (), expression, names, ()).is_gpl is expected


def test_an_environment_that_lacks_a_pin_is_told(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text(f"nowhere==1.0 --hash=sha256:{'0' * 64}\nother==1 ; sys_platform == 'none'\n")
    with pytest.raises(DoesNotAgree, match=r"nowhere 1\.0"):
        packages(tmp_path, [tmp_path / "some.txt"], "3.11")
