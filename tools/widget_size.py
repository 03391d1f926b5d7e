"""`python -m tools.widget_size`: fails where what the widget loads is larger than its budget, gzipped as it is served."""

from __future__ import annotations

import sys

from api.web.modules import widget_files

BUDGET = 30_000


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
    return int(total > BUDGET)


if __name__ == "__main__":
    sys.exit(main())
