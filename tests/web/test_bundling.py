"""One module of many: nothing lost, nothing twice, and what cannot be joined is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.web.bundling import BundleError, bundle, parts_of, thin
from api.web.modules import ELEMENTS, STATIC, static_file, widget_files
from tools.widget_size import BUDGET, LAUNCHER, LAUNCHER_BUDGET


def _write(folder: Path, **sources: str) -> Path:
    (folder / "parts").mkdir()
    for name, source in sources.items():
        path = folder / (f"{name}.js" if name in ("entry", "other") else f"parts/{name}.js")
        path.write_text(source, encoding="utf-8")
    return folder


def test_each_part_comes_once_and_after_what_it_imports(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        entry="import { b } from './parts/b.js';\nimport { a } from './parts/a.js';\nexport const all = a + b;\n",
        b="import { a } from './a.js';\nexport const b = a + 1;\n",
        a="export const a = 1;\n\nexport {};\n",
    )
    assert parts_of(root, "entry.js") == ["parts/a.js", "parts/b.js", "entry.js"]
    assert bundle(root, "entry.js") == "const a = 1;\nconst b = a + 1;\nexport const all = a + b;\n"


def test_another_element_is_loaded_from_its_own_address(tmp_path: Path) -> None:
    root = _write(tmp_path, entry="import { x } from './other.js';\nx();\n", other="export function x() {}\n")
    assert bundle(root, "entry.js") == "import { x } from './other.js';\nx();\n"


def test_two_parts_with_one_name_are_refused_by_name(tmp_path: Path) -> None:
    root = _write(tmp_path, entry="import { a } from './parts/a.js';\nfunction a2() {}\n", a="function a2() {}\n")
    with pytest.raises(BundleError, match=r"entry\.js and parts/a\.js both declare a2"):
        bundle(root, "entry.js")


def test_a_circle_is_refused(tmp_path: Path) -> None:
    root = _write(
        tmp_path,
        entry="import { a } from './parts/a.js';\n",
        a="import { b } from './b.js';\n",
        b="import { a } from './a.js';\n",
    )
    with pytest.raises(BundleError, match="in a circle"):
        bundle(root, "entry.js")


def test_comments_go_and_code_that_looks_like_them_stays() -> None:
    source = """// A reason.
/**
 * @param {string} text
 */
export function say(text) { // why
  const link = 'https://example.org//x'; // because
  const found = /** @type {string} */ (text);
  /** @type {any} */ (window).found = found;
  /** One line. */
  return `${found} // not a comment`; // `quoted`
}
"""
    assert thin(source) == (
        "export function say(text) {\nconst link = 'https://example.org//x';\nconst found = (text);\n"
        "(window).found = found;\n"
        "return `${found} // not a comment`; // `quoted`\n}\n"
    )


@pytest.mark.parametrize("element", [each for each in ELEMENTS if (STATIC / each).is_file()])
def test_the_elements_are_served_joined(element: str) -> None:
    found = static_file(element)
    assert found is not None
    code = found.content.decode()
    assert "/**" not in code
    assert "support-copilot" in code or "export class Chat" in code
    assert not [line for line in code.splitlines() if line.startswith("import ") and "/copilot/" in line]


def test_everything_that_the_widget_loads_fits_its_budget() -> None:
    sizes = {path: len(file.compressed) for path, file in widget_files().items()}
    assert sum(sizes.values()) <= BUDGET, sizes
    assert sizes[LAUNCHER] <= LAUNCHER_BUDGET, sizes
