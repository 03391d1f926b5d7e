"""Sixty turns at once, of sixty conversations: everybody waits, nobody is lost."""

from __future__ import annotations

import asyncio
import time
import uuid

import httpx
from pydantic import BaseModel

from tools.bench.copilot_stack import CopilotStack
from tools.bench.http_line import Line
from tools.bench.questions import LANGUAGES, MOST_ROUNDS, unique_question
from tools.bench.sides import CopilotTalk, searched

CONVERSATIONS = 60
# Longer than the api gives a turn, so that its own word on a turn that took too long arrives.
PATIENCE = 60.0


class BurstTurn(BaseModel):
    """One of the turns. `outcome` is `answered`, `completed` (but no search), `failed`, or the error of the request."""

    milliseconds: float
    outcome: str


class BurstMeasured(BaseModel):
    """`alone` is one turn by itself just before, `seconds` from the first byte sent to the last reply."""

    turns: list[BurstTurn]
    seconds: float
    alone: float


def measure(conversations: int = CONVERSATIONS) -> BurstMeasured:
    stack = CopilotStack()
    stack.forget_conversations()
    with stack:
        line = Line(stack.port)
        talks = [CopilotTalk(line, LANGUAGES[n % len(LANGUAGES)]) for n in range(conversations)]
        for language in LANGUAGES:
            warm = CopilotTalk(line, language)
            for number in range(36, 42):
                alone = warm.ask(unique_question(language, number, MOST_ROUNDS - 2)).milliseconds
        texts = [
            unique_question(LANGUAGES[n % len(LANGUAGES)], n // len(LANGUAGES), MOST_ROUNDS - 1)
            for n in range(conversations)
        ]
        turns, seconds = asyncio.run(_all_at_once(stack.url, talks, texts))
    return BurstMeasured(turns=turns, seconds=round(seconds, 3), alone=round(alone, 2))


async def _all_at_once(url: str, talks: list[CopilotTalk], texts: list[str]) -> tuple[list[BurstTurn], float]:
    limits = httpx.Limits(max_connections=len(talks), max_keepalive_connections=len(talks))
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits, trust_env=False) as client:
        began = time.perf_counter()
        turns = await asyncio.gather(
            *(_one(client, talk, text, began) for talk, text in zip(talks, texts, strict=True))
        )
        return list(turns), time.perf_counter() - began


async def _one(client: httpx.AsyncClient, talk: CopilotTalk, text: str, began: float) -> BurstTurn:
    body = {"client_message_id": uuid.uuid4().hex, "text": text}
    try:
        response = await client.post(talk.path, json=body, headers=talk.headers)
        turn = response.raise_for_status().json()
        outcome = "answered" if searched(turn) else str(turn["status"])
    except httpx.HTTPError as error:
        outcome = type(error).__name__
    return BurstTurn(milliseconds=round((time.perf_counter() - began) * 1000, 1), outcome=outcome)
