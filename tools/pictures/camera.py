"""Takes a picture, small enough for a repository, and lays the pictures of a face out as one sheet."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from tools.bootstrap import ROOT

FOLDER = ROOT / "docs" / "pictures"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LANGUAGES = {"es": "es-CO", "en": "en-GB", "pt": "pt-BR"}
# Bytes. Of a repository that is cloned a picture is the largest part.
LARGEST = 120_000
DESK = (1180, 800)
PHONE = (390, 844)
# Pixels that all pictures of a sheet are high: a desk is then 560 wide, and its text can still be read.
ROW = 380
GAP = 8

Prepare = Callable[[Page], None]


@dataclass
class Camera:
    """A browser before the copilot at `url`; `shared` is what faces keep for each other, an account for instance."""

    browser: Browser
    url: str
    shared: dict[str, Any] = field(default_factory=dict)

    def page(self, language: str = "es", size: tuple[int, int] = DESK, **options: Any) -> Page:
        width, height = size
        return self.browser.new_page(
            viewport={"width": width, "height": height}, locale=LANGUAGES[language], reduced_motion="reduce", **options
        )

    def keep(self, page: Page, name: str, **options: Any) -> None:
        """One picture of the page, as `docs/pictures/<name>.png`."""
        _keep_png(Image.open(io.BytesIO(page.screenshot(**options))), name)

    def sheet(self, name: str, walk: Callable[[Camera, str], Page], settle: Prepare | None = None) -> None:
        """`docs/pictures/sheets/<name>.webp`: a row a language; `walk` leads a page of that language to what is shown."""
        rows = []
        for language in LANGUAGES:
            page = walk(self, language)
            rows.append(_four(page, settle))
            page.context.close()
        width = sum(each.width + GAP for each in rows[0]) + GAP
        sheet = Image.new("RGB", (width, len(rows) * (ROW + GAP) + GAP), "#8a8f8d")
        for down, row in enumerate(rows):
            left = GAP
            for each in row:
                sheet.paste(each, (left, GAP + down * (ROW + GAP)))
                left += each.width + GAP
        _keep_webp(sheet, name)


def _four(page: Page, settle: Prepare | None) -> list[Image.Image]:
    """The desk and the phone, each light and dark."""
    found = []
    for width, height in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        for scheme in _SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if settle:
                settle(page)
            page.wait_for_timeout(250)
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            found.append(shot.resize((round(width * ROW / height), ROW), Image.Resampling.LANCZOS))
    return found


_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def _keep_png(picture: Image.Image, name: str) -> None:
    """With as many colours as fit into the size."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for colours in (256, 128, 64, 48, 32):
        out = io.BytesIO()
        picture.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() < LARGEST:
            break
    (FOLDER / f"{name}.png").write_bytes(out.getvalue())


def _keep_webp(picture: Image.Image, name: str) -> None:
    """As well as fits into the size, at last by being smaller."""
    folder = FOLDER / "sheets"
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        for quality in range(86, 30, -6):
            out = io.BytesIO()
            picture.save(out, "WEBP", quality=quality, method=6)
            if out.tell() < LARGEST:
                (folder / f"{name}.webp").write_bytes(out.getvalue())
                return
        picture = picture.resize((picture.width * 9 // 10, picture.height * 9 // 10), Image.Resampling.LANCZOS)
