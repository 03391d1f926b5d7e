"""`python -m tools.widget_size`: fails where the widget, or its launcher alone, is larger than its budget, gzipped."""

from __future__ import annotations

import sys

from api.web.modules import widget_files

BUDGET = 30_000
# What a page loads before its launcher is there; the rest comes when the page has nothing else to do.
LAUNCHER = "support-copilot.js"
LAUNCHER_BUDGET = 5_000


def main() -> int:
    sizes = {path: len(found.compressed) for path, found in widget_files().items()}
    total = sum(sizes.values())
    for path, size in sizes.items():
        print(f"{size:7,}  {path}")
    print(f"{total:7,}  of {BUDGET:,} bytes gzipped")
    if total > BUDGET:
        print(
            "the widget has outgrown its budget: make it smaller, or load a part only when it is used", file=sys.stderr
        )
    if sizes[LAUNCHER] > LAUNCHER_BUDGET:
        print(
            f"{LAUNCHER} is larger than {LAUNCHER_BUDGET:,} bytes gzipped: every page waits for it; move what the launcher "
            "can do without into support-copilot-chat.js",
            file=sys.stderr,
        )
    return int(total > BUDGET or sizes[LAUNCHER] > LAUNCHER_BUDGET)


if __name__ == "__main__":
    sys.exit(main())
