"""`python -m tools.pictures [address] [name ...]`: the pictures of the documentation, of those names or all.

They are taken of the copilot that runs on this machine's data (`COPILOT_VAR` and its kin count here, too), and signed-in
faces make a customer and a colleague of their own in it. Sheets show a face in every language, light and dark, on a desk
and on a phone; single pictures are those of the README and of the pages beside it.
"""

from __future__ import annotations

import sys

from playwright.sync_api import sync_playwright

from tools.bootstrap import chromium
from tools.pictures import sheets, single
from tools.pictures.camera import QUIET, Camera


def main() -> None:
    url = "http://127.0.0.1:8000"
    names = sys.argv[1:]
    if names and "://" in names[0]:
        url = names.pop(0)
    known = {each.__name__: each for each in (*single.PICTURES, *sheets.SHEETS)}
    unknown = set(names) - set(known)
    if unknown:
        raise SystemExit(f"there is no picture {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        camera = Camera(browser, url)
        for name in names or known:
            known[name](camera)
        browser.close()


if __name__ == "__main__":
    main()
