"""What the dialogue remembers of a wish for a ticket, between two turns: one slot, `follow`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from actions.follow_up.wish import Wish

SLOT = "follow"
# The form's only required slot, never filled: the form ends when nothing is requested any more.
STEP_SLOT = "follow_step"

TICKET, COMMENT_TEXT, CONFIRM = "ticket", "comment", "confirm"


class Offered(BaseModel):
    """A ticket to pick: enough to ask for it again without looking it up."""

    id: str
    title: str
    status: str


class FollowUp(BaseModel):
    """A wish for a ticket on its way.

    `text` is None while nobody was asked for it, and "" where the customer would not say more. `back`: the loop that was
    interrupted; `goes_to`: what the customer wants instead.
    """

    model_config = ConfigDict(extra="ignore")

    kind: str
    id: str
    ticket: str | None = None
    text: str | None = None
    open_only: bool = False
    files: list[str] = Field(default_factory=list)
    offered: list[Offered] = Field(default_factory=list)
    more: int = 0
    portal: str = ""
    title: str = ""
    back: str | None = None
    # What the interrupted loop was asking.
    asked: str | None = None
    goes_to: str | None = None
    fresh: bool = True
    step: str | None = None
    # A closed ticket is only followed once the customer has agreed to it.
    agreed: bool = False

    @classmethod
    def begin(
        cls, wish: Wish, turn_id: str, *, back: str | None, asked: str | None, files: tuple[str, ...]
    ) -> FollowUp:
        return cls(
            kind=wish.kind,
            id=turn_id,
            ticket=wish.ticket,
            text=wish.text,
            open_only=wish.open_only,
            files=list(files),
            back=back,
            asked=asked if back is not None else None,
        )

    @classmethod
    def open_in(cls, slots: dict[str, Any]) -> FollowUp | None:
        held = slots.get(SLOT)
        return cls.model_validate(held) if isinstance(held, dict) and held.get("kind") else None

    def now(self, wish: Wish, files: tuple[str, ...]) -> None:
        """Another wish in the place of this one; the ticket stays where no other is named."""
        self.kind, self.text, self.open_only, self.agreed = wish.kind, wish.text, wish.open_only, False
        self.offered, self.more = [], 0
        if wish.ticket is not None or wish.kind == "list":
            self.ticket = wish.ticket
        self.files += files
