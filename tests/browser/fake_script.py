"""What the fake chat says: what the customer writes decides what happens, so that a browser test reads as a conversation."""

from __future__ import annotations

from typing import Any

from tests.browser.fake_answers import HOSTILE, OTHERS, PASSAGE, RELATED, STEPS, SUBCATEGORIES
from tests.browser.fake_chat import FakeChat, FakeConversation


def begin(chat: FakeChat, conversation: FakeConversation) -> list[dict[str, Any]]:
    if chat.dialogue_down:
        return [chat.add(conversation, "system", "Something went wrong on our side.", kind="notice")]
    hello = chat.add(conversation, "copilot", "Hello! I can look things up, and open a ticket if that does not help.")
    options = {"es": "Español", "en": "English", "pt": "Português"}
    return [hello, chat.ask(conversation, "Which language do you prefer?", "language", options)]


def reply(chat: FakeChat, conversation: FakeConversation, name: str | None, text: str) -> list[dict[str, Any]]:
    """The script: by the chosen option, else by a word in what was typed."""
    asks, _, value = (name or "").partition(".")
    if asks == "language":
        conversation.language = value
        scenarios = {"question": "I have a question", "incident": "Something isn't working as expected"}
        return [chat.ask(conversation, "What brings you here?", "scenario", scenarios)]
    if asks == "scenario":
        return [chat.add(conversation, "copilot", "Tell me what happens, in your own words.", asks="problem")]
    if name == "solved.yes":
        return [chat.add(conversation, "copilot", "Glad that helped!\n\nI am here if anything else comes up.")]
    if name == "solved.no":
        categories = {"request": "Requests", "incident": "Technical issue", "question": "Questions"}
        return [chat.ask(conversation, "Then let us open a ticket. What is it about?", "category", categories)]
    if asks == "category":
        labels = {id: id.replace("_", " ").capitalize() for id in SUBCATEGORIES}
        return [chat.ask(conversation, "More precisely?", "subcategory", labels)]
    if asks == "subcategory":
        question = "Screenshots make the diagnosis easier. Would you like to add any?"
        return [chat.ask(conversation, question, "attachments", {"done": "I have added them", "skip": "Skip"})]
    if asks == "attachments" or "This is what I see" in text:
        summary = "Title: The sales report does not arrive\nCategory: Technical issue"
        options = {"yes": "Open the ticket", "change": "Change something"}
        return [chat.ask(conversation, summary, "confirm", options)]
    if name == "confirm.yes":
        ticket = {
            "id": 1042,
            "status": "new",
            "priority": "high",
            "category": "incident",
            "subcategory": "reports",
            "subject": "The sales report does not arrive",
            "url": "/portal/tickets/1042",
        }
        return [chat.add(conversation, "copilot", "Your ticket is open.", kind="ticket", ticket=ticket)]
    if "hostile" in text:
        passage = {**PASSAGE, "title": HOSTILE, "snippet": HOSTILE, "url": "javascript:document.title='pwned'"}
        answer = {"confident": True, "passages": [passage]}
        return [
            chat.add(conversation, "copilot", HOSTILE, kind="answer", answer=answer),
            chat.ask(conversation, HOSTILE, "solved", {"yes": HOSTILE}),
        ]
    if "notice" in text:
        known = "Exports are slow today. We are on it.\n\nIt began today at 9:00. Next update: today at 15:00."
        options = {"subscribe": "Yes, keep me posted", "continue": "Mine is something else"}
        return [chat.ask(conversation, known, "notice", options, kind="notice")]
    if asks == "clarify" and value == "none":
        return [chat.ask(conversation, "Put it in other words, or talk to a person.", "solved", {"no": "A person"})]
    if asks == "clarify":
        chosen = {"confident": False, "clarified": True, "decision": "clarify", "passages": [STEPS], "related": []}
        return [
            chat.add(conversation, "copilot", "This is what I know about it:", kind="answer", answer=chosen),
            chat.ask(conversation, "Did this solve it?", "solved", {"yes": "Yes", "no": "No"}),
        ]
    if "which" in text:
        topics = {str(each["article_id"]): str(each["title"]) for each in (STEPS, *OTHERS)}
        return [chat.ask(conversation, "Which of these is it about?", "clarify", {**topics, "none": "None of these"})]
    if "nobody" in text:
        nearest = {"confident": False, "decision": "person", "passages": [PASSAGE, *OTHERS], "related": []}
        return [
            chat.add(conversation, "copilot", "I have no answer to this.", kind="answer", answer=nearest),
            chat.ask(conversation, "A person can help you.", "solved", {"no": "Talk to a person"}),
        ]
    if "steps" in text:
        related = [{**RELATED, "title": "Roles and permissions"}]
        linked = {"confident": True, "decision": "answer", "passages": [STEPS, OTHERS[0]], "related": related}
        return [
            chat.add(conversation, "copilot", "Here is what I found:", kind="answer", answer=linked),
            chat.ask(conversation, "Did this solve it?", "solved", {"yes": "Yes", "no": "No"}),
        ]
    confident = "unsure" not in text
    answer = {"confident": confident, "passages": [PASSAGE, *OTHERS]}
    found = "This is how it works." if confident else "I am not certain, but this may be what you need."
    return [
        chat.add(conversation, "copilot", found, kind="answer", answer=answer),
        chat.ask(conversation, "Did this solve it?", "solved", {"yes": "Yes, thank you", "no": "No, it did not"}),
    ]


def typed(conversation: FakeConversation, text: str) -> str | None:
    """The open choice that was typed instead of pressed, by its label or its number."""
    asked = next((m for m in reversed(conversation.messages) if m["role"] == "copilot"), None)
    for number, choice in enumerate(asked["choices"] if asked else [], start=1):
        if text.strip().lower() in (choice["label"].lower(), str(number)):
            return str(choice["name"])
    return None
