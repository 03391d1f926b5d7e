"""The chat's endpoints before the script: conversations, turns, events, files."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, File, Form, Header, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse

from api.errors import CopilotError
from tests.browser.fake_chat import FakeChat, FakeConversation
from tests.browser.fake_script import begin, reply, typed


def add_turns(app: FastAPI, chat: FakeChat) -> None:
    @app.post("/chat/conversations", status_code=201)
    async def start(body: dict[str, Any]) -> dict[str, Any]:
        chat.openings.append(body)
        if chat.down:
            raise CopilotError("down for a moment", status=503)
        if body.get("identity") and chat.refuse_identities:
            chat.refuse_identities -= 1
            raise CopilotError("this token has expired", status=401)
        conversation = FakeConversation(secrets.token_hex(8), secrets.token_hex(8), body.get("language", "es"))
        conversation.context = body.get("context")
        conversation.verified = "irene@example.com" if body.get("identity") else ""
        chat.conversations[conversation.id] = conversation
        messages = begin(chat, conversation)
        return {
            "id": conversation.id,
            "token": conversation.token,
            "language": conversation.language,
            "messages": messages,
        }

    @app.post("/chat/conversations/{id}/messages")
    async def post(id: str, body: dict[str, Any], authorization: str = Header()) -> Any:
        conversation = chat.owned(id, authorization)
        chat.posts.append(body)
        known = conversation.outcomes.get(body["client_message_id"])
        if known is not None:
            return known
        if body["client_message_id"] in conversation.outcomes:
            raise CopilotError("this message is still being worked on", status=409)
        if len(body.get("text") or "") > 4000:
            raise CopilotError("At most 4000 characters.", status=422)
        choice = next(
            (c for m in conversation.messages for c in m["choices"] if c["id"] == body.get("choice_id")), None
        )
        text = choice["label"] if choice else body["text"]
        conversation.outcomes[body["client_message_id"]] = None
        files = [file for file in chat.uploads if file["id"] in (body.get("attachment_ids") or [])]
        chat.add(conversation, "customer", text, attachments=files)
        await chat.tell(conversation)
        await asyncio.sleep(chat.delay)
        if chat.fail_next or chat.dialogue_down:
            chat.fail_next = False
            apology = "Something went wrong on our side. Your message is kept."
            outcome = {"status": "failed", "messages": [chat.add(conversation, "system", apology, kind="notice")]}
        else:
            name = choice["name"] if choice else typed(conversation, text)
            outcome = {"status": "completed", "messages": reply(chat, conversation, name, text)}
        outcome["turn_id"] = secrets.token_hex(4)
        conversation.outcomes[body["client_message_id"]] = outcome
        await chat.tell(conversation)
        if chat.answer_then_cut:
            chat.answer_then_cut = False
            raise CopilotError("the answer is lost on its way", status=502)
        return outcome

    @app.get("/chat/conversations/{id}/messages")
    async def history(id: str, after: int = 0, authorization: str = Header()) -> dict[str, Any]:
        return {"messages": [m for m in chat.owned(id, authorization).messages if m["seq"] > after]}

    @app.get("/chat/conversations/{id}/events")
    async def events(id: str, authorization: str = Header(), last_event_id: int = Header(0)) -> StreamingResponse:
        return StreamingResponse(
            _stream(app, chat.owned(id, authorization), last_event_id), media_type="text/event-stream"
        )

    @app.post("/chat/conversations/{id}/attachments", status_code=201)
    async def attach(
        id: str, authorization: str = Header(), client_upload_id: str = Form(""), file: UploadFile = File()
    ) -> dict[str, Any]:
        chat.owned(id, authorization)
        name = file.filename or "file"
        if name.endswith(".exe"):
            raise CopilotError("Files of this kind are not accepted.", status=422)
        stored = {
            "upload": client_upload_id,
            "id": secrets.token_hex(4),
            "name": name,
            "size": file.size,
            "media_type": file.content_type,
        }
        chat.uploads.append(stored)
        return stored

    @app.post("/chat/conversations/{id}/opened", status_code=204)
    async def opened(id: str, body: dict[str, Any], authorization: str = Header()) -> None:
        chat.owned(id, authorization).opened.append(body["article_id"])

    @app.post("/chat/conversations/{id}/context", status_code=204)
    async def context(id: str, body: dict[str, Any], authorization: str = Header()) -> None:
        chat.owned(id, authorization).context = body

    @app.post("/chat/conversations/{id}/resume")
    async def resume(id: str, authorization: str = Header()) -> Any:
        here = chat.owned(id, authorization)
        for each in chat.conversations.values():
            if each is not here and each.verified == here.verified and len(each.messages) > 2:
                return {"id": each.id, "token": each.token, "language": each.language}
        error = {"code": "no_earlier_conversation", "message": "There is none."}
        return JSONResponse({"error": error}, status_code=404)


async def _stream(app: FastAPI, conversation: FakeConversation, seen: int) -> AsyncIterator[str]:
    chat: FakeChat = app.state.chat
    stream = object()
    chat.streams.add(stream)
    ends = time.monotonic() + (chat.cut_streams_after or 1e9)
    chat.streams_at_once = max(chat.streams_at_once, len(chat.streams))
    try:
        yield "retry: 2000\n\n"
        while not app.state.stopping and not chat.down and time.monotonic() < ends:
            for message in conversation.messages[seen:]:
                seen = message["seq"]
                yield f"event: message\nid: {seen}\ndata: {json.dumps(message)}\n\n"
            async with conversation.news:
                try:
                    await asyncio.wait_for(conversation.news.wait(), 0.25)
                except TimeoutError:
                    yield ": still here\n\n"
    finally:
        chat.streams.discard(stream)
