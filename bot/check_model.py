"""`python -m bot.check_model`: exits with 0 where the model may be served, with 1 and the cure where it may not."""

from __future__ import annotations

import sys

from bot.model import ModelError, checked_model


def main() -> int:
    try:
        checked_model()
    except ModelError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
