"""`local`: tickets live here only. Nothing leaves the house, and no worker runs."""

from __future__ import annotations


class LocalTickets:
    """The default."""

    name = "local"

    async def check(self, *, thorough: bool = False) -> list[str]:
        return []

    async def close(self) -> None:
        """There is nothing to close."""
