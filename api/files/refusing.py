"""Why a file is not taken. `code` names the customer's wording (``errors.<code>``), `why` is for developers."""

from __future__ import annotations

from typing import Any


class Unacceptable(Exception):
    """A file that is not taken as it is. Raised by the checks, in the child process; the parent makes an `Invalid` of it."""

    def __init__(self, code: str, why: str, **values: Any) -> None:
        super().__init__(why)
        self.code = code
        self.why = why
        self.values = values


def not_what_it_says(why: str) -> Unacceptable:
    """Its name promises one kind of file, its content is another."""
    return Unacceptable("attachment_mismatch", why)


def damaged(why: str) -> Unacceptable:
    """It begins as what it is said to be, and cannot be read to its end."""
    return Unacceptable("attachment_broken", why)
