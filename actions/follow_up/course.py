"""What comes of a wish for a ticket: what still has to be asked, and what is done once nothing has.

Who may see a ticket is decided by the api, for the customer behind the turn's token. What the dialogue believes of that only
spares a question.
"""

from __future__ import annotations

from actions.follow_up import said
from actions.follow_up.state import COMMENT_TEXT, CONFIRM, TICKET, FollowUp, Offered
from actions.follow_up.wish import COMMENT, FOLLOW, LIST, REOPEN, STATUS
from actions.heard import Heard
from actions.said import Said
from actions.tickets.expecting import expected_response
from actions.tickets.fields import CODE, EMAIL, VERIFIED
from api.client import CopilotClient, CopilotRejected, OpenedTicket
from bot.expected import waiting_text
from bot.voice import Voice

MOST_OFFERED = 8
# So many are looked through for those that can be picked.
_LOOKED_THROUGH = 50
_TITLE_LENGTH = 250


class Course:
    """One wish, in one turn. `notes` are what is said before the next question; `ticket` the one that was spoken of."""

    def __init__(
        self, follow: FollowUp, heard: Heard, voice: Voice, client: CopilotClient, contact: str | None
    ) -> None:
        """`contact`: the step of the address that is open, None where the customer is verified."""
        self.follow = follow
        self.heard = heard
        self.voice = voice
        self.client = client
        self.contact = contact
        self.notes: list[Said] = []
        self.ticket: OpenedTicket | None = None

    async def settle(self) -> str | None:
        """Goes as far as it gets. Returns the step to ask, None where the wish is done, or cannot be."""
        follow = self.follow
        follow.step = await self._settle() if follow.goes_to is None else None
        return follow.step

    async def _settle(self) -> str | None:
        if self.contact is not None:
            return self.contact
        follow = self.follow
        if follow.kind == LIST:
            if follow.ticket is None:
                return await self._offer()
            follow.kind = STATUS
        if follow.ticket is None and follow.kind in (STATUS, COMMENT) and not follow.offered:
            # The one that was spoken of last, where there is one.
            follow.ticket = self.heard.slot("ticket_id")
        if follow.ticket is None:
            return TICKET if follow.offered else await self._offer()
        try:
            self.ticket = await self.client.ticket(self.heard.token, follow.ticket)
        except CopilotRejected:
            # Not theirs, or not there: the same answer.
            missing, follow.ticket = follow.ticket, None
            return await self._offer(missing=missing)
        follow.title = self.ticket.subject
        try:
            return await self._work(self.ticket)
        except CopilotRejected:
            self.notes.append(Said(self.voice.message("follow_refused", url=self.ticket.url)))
            return None

    # Which ticket

    async def _offer(self, *, missing: str | None = None) -> str | None:
        """The customer's own tickets to pick from; a single one is taken, unless another was asked for (`missing`)."""
        follow = self.follow
        open_only = follow.open_only or follow.kind == COMMENT
        own = await self.client.my_requests(self.heard.token, open_only=open_only, limit=_LOOKED_THROUGH)
        follow.portal = said.portal_of(own.requests)
        if missing is not None:
            self.notes.append(said.note(self.voice, "follow_not_found", id=missing, url=follow.portal))
        fitting = [each for each in own.requests if follow.kind != REOPEN or each.status in (said.SOLVED, said.CLOSED)]
        if not fitting:
            self._none_there(nothing_at_all=not own.requests and not open_only, after_a_miss=missing is not None)
            return None
        if len(fitting) == 1 and missing is None:
            follow.kind = STATUS if follow.kind == LIST else follow.kind
            follow.ticket = str(fitting[0].id)
            return await self._settle()
        shown = fitting[:MOST_OFFERED]
        follow.offered = [Offered(id=str(each.id), title=each.subject, status=each.status) for each in shown]
        follow.more = (max(own.count, len(fitting)) if follow.kind != REOPEN else len(fitting)) - len(shown)
        return TICKET

    def _none_there(self, *, nothing_at_all: bool, after_a_miss: bool) -> None:
        if after_a_miss:
            text = self.voice.message("follow_what_now")
        elif nothing_at_all:
            text = self.voice.message("follow_no_tickets")
        else:
            keys = {COMMENT: "follow_none_open", REOPEN: "follow_none_solved"}
            text = self.voice.message(keys.get(self.follow.kind, "follow_none_open"))
        self.notes.append(Said(text))

    # What is done

    async def _work(self, ticket: OpenedTicket) -> str | None:
        follow = self.follow
        if follow.kind in (STATUS, LIST):
            comments = await self.client.comments(self.heard.token, ticket.id)
            self.notes.append(said.status(self.voice, ticket, comments, await self._expected(ticket)))
            return None
        if ticket.needs_followup or ticket.status == said.CLOSED:
            return await self._follow(ticket)
        if follow.kind == REOPEN and ticket.status != said.SOLVED:
            self.notes.append(said.note(self.voice, "follow_is_open", id=ticket.id))
            follow.kind = COMMENT
        if follow.kind == FOLLOW:
            follow.kind = REOPEN if ticket.status == said.SOLVED else COMMENT
        if follow.text is None and follow.files and follow.kind == COMMENT:
            follow.text = ""  # the files are the comment
        if follow.text is None:
            return COMMENT_TEXT
        return await (self._reopen(ticket) if follow.kind == REOPEN else self._comment(ticket))

    async def _expected(self, ticket: OpenedTicket) -> str:
        heard, catalog = self.heard, self.voice.catalog
        facts = {"category": ticket.field("category"), "priority": ticket.priority}
        response = await expected_response(self.client, heard.token, catalog, facts, heard.now)
        return waiting_text(catalog, self.voice.language, response, heard.now)

    async def _comment(self, ticket: OpenedTicket) -> str | None:
        follow = self.follow
        text = follow.text or (self.voice.message("follow_files_only") if follow.files else "")
        if not text:
            return COMMENT_TEXT
        solved = ticket.status == said.SOLVED
        after = await self.client.comment(self.heard.token, ticket.id, text, self._key, follow.files)
        reopened = solved and after.status != said.SOLVED
        self.ticket = after
        self.notes.append(said.commented(self.voice, after, text, len(follow.files), reopened=reopened))
        return None

    async def _reopen(self, ticket: OpenedTicket) -> str | None:
        follow = self.follow
        text = follow.text or (self.voice.message("follow_files_only") if follow.files else "")
        self.ticket = await self.client.reopen(self.heard.token, ticket.id, self._key, text or None, follow.files)
        self.notes.append(said.reopened(self.voice, self.ticket, follow.text or "", len(follow.files)))
        return None

    async def _follow(self, ticket: OpenedTicket) -> str | None:
        follow = self.follow
        follow.kind = FOLLOW
        if not follow.agreed:
            return CONFIRM
        if follow.text is None:
            return COMMENT_TEXT
        intro = self.voice.message("follow_body", id=ticket.id, title=ticket.subject)
        body = f"{follow.text}\n\n{intro}" if follow.text else intro
        subject = self.voice.message("follow_subject", id=ticket.id, title=ticket.subject)[:_TITLE_LENGTH]
        made = await self.client.follow_up(
            self.heard.token, ticket.id, subject, body, f"follow:{follow.id}:{ticket.id}", self._key
        )
        self.ticket = made
        self.notes.append(said.followed(self.voice, made, str(ticket.id)))
        return None

    @property
    def _key(self) -> str:
        return f"{self.heard.turn_id}:follow"


def contact_step(slots: dict[str, str | None], *, verified: bool) -> str | None:
    """Which step of the address is open, for these values of `email` and `code`."""
    if verified or slots.get(CODE) == VERIFIED:
        return None
    return CODE if slots.get(EMAIL) else EMAIL
