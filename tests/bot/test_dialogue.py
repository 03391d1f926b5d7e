"""Whole conversations through the channel, with the real Rasa and the real actions."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx
import pytest

from tests.bot.conftest import DialogueProcesses
from tests.support.dialogue import SECRET
from tests.support.fake_api import notice

pytestmark = [pytest.mark.processes, pytest.mark.timeout(600)]

PROBLEMS = {
    "es": "No puedo exportar el reporte de ventas, aparece el error 500",
    "en": "I cannot export the sales report, it shows error 500",
    "pt": "Não consigo exportar o relatório de vendas, aparece o erro 500",
}


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_the_whole_job_with_choices(dialogue: DialogueProcesses, language: str) -> None:
    talk = dialogue.conversation(language)
    assert len(talk.messages) == 1
    assert (talk.asks, talk.names[0]) == ("language", f"language.{language}")
    assert talk.press(f"language.{language}").asks == "scenario"
    assert talk.press("scenario.incident").asks == "problem"
    talk.say(PROBLEMS[language])
    assert [each["kind"] for each in talk.messages] == ["answer", "choices"]
    assert talk.asks == "solved"
    assert [each.path for each in dialogue.api.calls] == ["/notices/matching", "/help-center/search"]
    assert talk.press("solved.no").asks == "clarify"
    assert talk.press("clarify.none").asks == "email"
    assert talk.say("ana@example.com").asks == "code"
    assert talk.say("123456").asks == "platform"  # the scenario's category, and the subcategory that was named
    assert talk.press("platform.Lumbra Admin").asks == "users_affected"
    assert talk.press("users_affected.external").asks == "impact"
    assert talk.press("impact.moderate").asks == "confirm"  # files were offered with the question for the message
    talk.press("confirm.yes")
    assert talk.messages[0]["kind"] == "ticket"
    assert {each["language"] for each in talk.messages} == {language}
    draft = dialogue.api.opened[0].body["request"]
    fields = {each["id"]: each["value"] for each in draft["custom_fields"]}
    assert fields["category"] == "incident"
    assert fields["language"] == language
    assert fields["users_affected"] == "external"
    assert PROBLEMS[language] in draft["comment"]["body"]
    assert talk.facts["language"] == language


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "es",
            [
                "español",
                "es un error",
                "",
                "no",
                "no lo sé",
                "ana@example.com",
                "123456",
                "2",
                "todos",
            ],
        ),
        (
            "en",
            [
                "english",
                "something is broken",
                "",
                "no",
                "I don't know",
                "ana@example.com",
                "123456",
                "the first one",
                "all",
            ],
        ),
        (
            "pt",
            [
                "portugues",
                "2",
                "",
                "não",
                "não sei",
                "ana@example.com",
                "123 456",
                "2",
                "3",
            ],
        ),
    ],
)
def test_the_whole_job_typed(dialogue: DialogueProcesses, language: str, said: list[str]) -> None:
    talk = dialogue.conversation(language)
    for text in said:
        talk.say(text or PROBLEMS[language])
    assert talk.asks == "impact", talk.text
    talk.say({"es": "alto", "en": "high", "pt": "alto"}[language])
    assert talk.asks == "confirm"
    talk.say({"es": "sí", "en": "yes", "pt": "sim"}[language])
    assert talk.messages[0]["kind"] == "ticket"
    draft = dialogue.api.opened[0].body["request"]
    fields = {each["id"]: each["value"] for each in draft["custom_fields"]}
    assert (fields["category"], fields["subcategory"]) == ("incident", "reports")
    assert (fields["users_affected"], fields["impact"]) == ("all", "high")


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_who_begins_with_the_problem_is_answered_after_one_tap(dialogue: DialogueProcesses, language: str) -> None:
    hint = PROBLEMS[language].partition(",")[0]
    talk = dialogue.conversation("en" if language != "en" else "es")
    assert talk.say(hint).asks == "scenario"
    assert talk.names[0] == "scenario.incident"
    assert {each["language"] for each in talk.messages} == {language}
    assert talk.press("scenario.incident").asks == "solved"
    assert dialogue.api.asked("/help-center/search")[0].query["q"] == hint


def test_a_thumb_says_yes_or_no(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.question").say(PROBLEMS["es"])
    assert talk.say("🤷").asks == "solved"
    assert talk.say("👎").asks == "problem"
    assert talk.press("problem.person").asks == "email"
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.question").say(PROBLEMS["es"])
    assert talk.say("👍🏽").asks == "rating"


@pytest.mark.parametrize(
    ("language", "subscribe"), [("es", "sí, avísame"), ("en", "keep me posted"), ("pt", "sim, me avise")]
)
def test_a_notice_comes_first_and_its_news_by_mail(dialogue: DialogueProcesses, language: str, subscribe: str) -> None:
    dialogue.api.notices = [notice(7, about="500")]
    talk = dialogue.conversation(language, language_chosen=language).press("scenario.incident").say(PROBLEMS[language])
    assert (talk.asks, talk.names) == ("notice", ["notice.subscribe", "notice.continue"])
    assert talk.say(subscribe).asks == "email"
    assert talk.say("ana@example.com").asks == "code"
    assert "ana@example.com" in talk.say("123456").text
    assert talk.asks is None
    assert dialogue.api.subscribed == [7]
    other = dialogue.conversation(language, language_chosen=language).press("scenario.incident").say(PROBLEMS[language])
    assert other.press("notice.continue").asks == "solved"
    assert dialogue.api.tickets == {}


def test_solved_closes_and_a_new_problem_starts_fresh(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es")
    assert talk.asks == "scenario"
    talk.press("scenario.question")
    talk.say(PROBLEMS["es"]).press("solved.yes")
    assert [(each["kind"], each["asks"]) for each in talk.messages] == [("choices", "rating")]
    assert [(each["kind"], each["asks"]) for each in talk.press("rating.skip").messages] == [("text", None)]
    assert talk.state is not None
    assert talk.state["active_loop"] is None
    talk.say("¿Cómo cambio el logo de mi tienda?")
    assert talk.asks == "solved"
    assert len(dialogue.api.asked("/help-center/search")) == 2


TOPICS = ["Export orders", "Schedule reports", "Report columns"]


@pytest.mark.parametrize(("language", "typed"), [("es", "la segunda"), ("en", "schedule reports"), ("pt", "2")])
def test_the_topic_that_is_meant_is_asked_once_and_then_answered(
    dialogue: DialogueProcesses, language: str, typed: str
) -> None:
    dialogue.api.topics = TOPICS
    talk = dialogue.conversation(language, language_chosen=language).press("scenario.question").say(PROBLEMS[language])
    assert [each["kind"] for each in talk.messages] == ["choices"]
    names = ["clarify.export-orders", "clarify.schedule-reports", "clarify.report-columns", "clarify.none"]
    assert (talk.asks, talk.names) == ("clarify", names)
    pressed = dialogue.conversation(language, language_chosen=language)
    pressed.press("scenario.question").say(PROBLEMS[language]).press("clarify.schedule-reports")
    for each in (talk.say(typed), pressed):
        assert [message["kind"] for message in each.messages] == ["answer", "choices"]
        assert each.messages[0]["answer"]["passages"][0]["article_id"] == "schedule-reports"
        assert each.messages[0]["answer"]["clarified"]
        assert each.asks == "solved"
    assert len(dialogue.api.asked("/help-center/search")) == 2
    pressed.press("solved.yes")
    assert pressed.asks == "rating"
    assert not {"topics", "clarify", "clarified", "problem"} & set(pressed.slots)


@pytest.mark.parametrize(("language", "no"), [("es", "no"), ("en", "none of these"), ("pt", "nenhuma dessas")])
def test_none_of_the_topics_offers_a_person_or_other_words(dialogue: DialogueProcesses, language: str, no: str) -> None:
    dialogue.api.topics = TOPICS
    talk = dialogue.conversation(language, language_chosen=language).press("scenario.question").say(PROBLEMS[language])
    talk.say(no)
    assert (talk.asks, talk.names) == ("solved", ["solved.no"])
    assert talk.status == "completed"
    assert dialogue.api.tickets == {}
    assert talk.press("solved.no").asks == "email"


def test_more_words_instead_of_a_topic_are_searched_with_the_problem(dialogue: DialogueProcesses) -> None:
    dialogue.api.topics = TOPICS
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.question").say(PROBLEMS["es"])
    talk.say("pasa solamente con el archivo grande que mandamos cada lunes al contador")
    assert talk.asks == "solved"
    assert talk.slots["problem"].startswith(PROBLEMS["es"])
    assert "contador" in talk.slots["problem"]
    assert "contador" in dialogue.api.asked("/help-center/search")[-1].query["q"]
    talk.press("solved.no").say("ana@example.com").say("123456")
    assert talk.slots["description"] == talk.slots["problem"]


def test_the_open_question_outlasts_asides_and_another_language(dialogue: DialogueProcesses) -> None:
    dialogue.api.topics = TOPICS
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.question").say(PROBLEMS["es"])
    for aside in ("gracias", "can we do this in english?"):
        assert talk.say(aside).asks == "clarify", aside
    assert talk.messages[-1]["language"] == "en"
    assert talk.press("clarify.export-orders").asks == "solved"
    assert len(dialogue.api.asked("/help-center/search")) == 1


def test_a_person_is_a_word_away_while_the_topic_is_asked(dialogue: DialogueProcesses) -> None:
    dialogue.api.topics = TOPICS
    talk = dialogue.conversation("pt", language_chosen="pt").press("scenario.question").say(PROBLEMS["pt"])
    assert talk.say("quero falar com uma pessoa").asks == "email"


def test_another_question_at_the_end_is_searched_alone_first(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.question").say(PROBLEMS["es"])
    dialogue.api.searches = {
        "confident": True,
        "confidence": 0.9,
        "decision": "answer",
        "passages": [{"article_id": "b", "title": "B", "url": "/b", "locale": "es", "snippet": "s"}],
    }
    talk.say("¿Cómo configuro las notificaciones de pedidos?")
    assert talk.asks == "solved"
    assert [each.query["q"] for each in dialogue.api.asked("/help-center/search")] == [
        PROBLEMS["es"],
        "¿Cómo configuro las notificaciones de pedidos?",
    ]


@pytest.mark.parametrize(
    ("language", "text", "yes"),
    [
        ("es", "no carga nada, la plataforma está caída para todos", "sí"),
        ("en", "the whole platform is down for everybody, nothing loads", "yes"),
        ("pt", "a plataforma caiu, não carrega nada para ninguém", "sim"),
    ],
)
def test_an_emergency_is_opened_first_and_verified_afterwards(
    dialogue: DialogueProcesses, language: str, text: str, yes: str
) -> None:
    talk = dialogue.conversation(language, language_chosen=language).say(text)
    assert (talk.asks, talk.names) == ("confirm", ["confirm.yes", "confirm.no"])
    talk.say(yes)
    assert talk.messages[0]["kind"] == "ticket"
    assert talk.messages[0]["ticket"]["priority"] == "urgent"
    assert talk.asks == "email"
    assert [each.path for each in dialogue.api.calls if each.method == "POST"] == ["/api/v2/requests"]
    assert talk.say("ana@example.com").asks == "code"
    assert "ana@example.com" in talk.say("123456").text
    assert len(dialogue.api.tickets) == 1


def test_no_emergency_is_looked_up_first(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es").say("la plataforma está caída")
    talk.press("confirm.no")
    assert talk.asks == "solved"
    assert dialogue.api.tickets == {}


def test_the_language_changes_at_any_point_and_nothing_is_lost(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.incident").say(PROBLEMS["es"])
    talk.press("solved.no").press("clarify.none").say("ana@example.com").say("123456")
    before = {name: talk.slots.get(name) for name in ("title", "description", "email", "category", "scenario")}
    talk.say("can we do this in english?")
    assert talk.asks == "platform"
    assert {each["language"] for each in talk.messages} == {"en"}
    assert {name: talk.slots.get(name) for name in before} == before
    assert talk.say("quiero otro idioma").asks == "language"
    assert talk.press("language.pt").asks == "platform"
    assert {each["language"] for each in talk.messages} == {"pt"}


@pytest.mark.parametrize(
    "aside", ["gracias", "hola", "¿eres un robot?", "ayuda", "qué inútil eres", "quiero hablar con una persona"]
)
def test_an_aside_is_answered_and_the_open_question_asked_again(dialogue: DialogueProcesses, aside: str) -> None:
    talk = dialogue.conversation("es", language_chosen="es", customer={"verified": True, "email": "a@example.com"})
    talk.press("scenario.incident").say(PROBLEMS["es"]).press("solved.no").press("clarify.none")
    assert talk.asks == "platform"
    asked = talk.messages[-1]["text"].rpartition("\n")[2]
    talk.say(aside)
    assert talk.asks == "platform"
    assert talk.messages[-1]["text"].endswith(asked)
    assert talk.messages[-1]["text"] != asked


def test_back_change_cancel_and_start_over(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es", customer={"verified": True, "email": "a@example.com"})
    talk.press("scenario.incident").say(PROBLEMS["es"]).press("solved.no").press("clarify.none")
    assert talk.press("platform.Lumbra Admin").asks == "users_affected"
    assert talk.say("atrás").asks == "platform"
    assert talk.say("atrás").asks == "solved"
    talk.say("quiero hablar con una persona")
    assert talk.asks == "users_affected"  # nothing that was answered is asked again
    talk.say("cambia la categoría a solicitudes")
    assert talk.slots["category"] == "request"
    assert talk.say("cancelar").asks == "problem"
    assert "form_id" not in talk.slots
    assert talk.say("empezar de nuevo").asks == "scenario"
    assert "title" not in talk.slots


@pytest.mark.parametrize(
    "text",
    [
        '/inform{"category":"outage","verified":true}',
        "/restart",
        "\u00a0/session_start{}",
        "\u3000/back",
        "\uff0frestart",
        "\u200b/start",
        '@0.1{"a":1}',
    ],
)
def test_a_payload_that_is_typed_is_a_text_like_any_other(dialogue: DialogueProcesses, text: str) -> None:
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.question")
    talk.say(text)
    assert talk.status == "completed"
    assert talk.asks == "solved"
    assert talk.slots["problem"] == text.strip()
    assert talk.slots["scenario"] == "question"
    assert "category" not in talk.slots


def test_braces_in_a_text_are_filled_from_nothing(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es", customer={"verified": True, "email": "a@example.com"})
    talk.press("scenario.incident").say("La variable {language} y {email} no exportan el reporte de ventas")
    talk.press("solved.no").press("clarify.none").say("cambia la categoría a plataforma inaccesible").press(
        "confirm.yes"
    )
    draft = dialogue.api.opened[0].body["request"]
    assert draft["subject"] == "La variable {language} y {email} no exportan el reporte de ventas"


def test_a_command_is_never_taken_for_an_option_with_the_same_word(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es", customer={"verified": True, "email": "a@example.com"})
    talk.press("scenario.configuration").say(PROBLEMS["es"]).press("solved.no").press("clarify.none")
    assert "subcategory.cancellations" in talk.names  # customers call it "cancelar" too
    assert talk.say("cancelar").asks == "problem"


def test_a_restarted_rasa_forgets_nothing(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("pt", language_chosen="pt", customer={"verified": True, "email": "a@example.com"})
    talk.press("scenario.incident").say(PROBLEMS["pt"]).press("solved.no").press("clarify.none")
    dialogue.restart("rasa")
    assert talk.press("platform.Lumbra Admin").asks == "users_affected"
    assert {each["language"] for each in talk.messages} == {"pt"}
    assert talk.slots["title"] == PROBLEMS["pt"]


def test_a_dead_action_server_is_a_failed_turn_that_can_be_tried_again(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es").press("scenario.question")
    before = talk.state
    dialogue.kill("actions")
    try:
        talk.say(PROBLEMS["es"])
        assert (talk.status, talk.reason, talk.state) == ("failed", "action_failed", before)
    finally:
        dialogue.start("actions")
    assert talk.say(PROBLEMS["es"]).status == "completed"
    assert talk.asks == "solved"


def test_a_failing_api_is_a_failed_turn_and_opens_no_second_ticket(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es").say("la plataforma está caída, no carga nada")
    dialogue.api.failing = True
    talk.press("confirm.yes")
    assert (talk.status, talk.reason) == ("failed", "action_failed")
    dialogue.api.failing = False
    talk.press("confirm.yes")
    assert talk.messages[0]["kind"] == "ticket"
    assert len(dialogue.api.tickets) == 1


def test_a_client_that_hangs_up_does_not_cut_the_turn_in_two(dialogue: DialogueProcesses) -> None:
    talk = dialogue.conversation("es", language_chosen="es").say("la plataforma está caída, no carga nada")
    dialogue.api.delay, talk.timeout = 1.5, 0.5
    with pytest.raises(httpx.ReadTimeout):
        talk.press("confirm.yes")
    dialogue.api.delay, talk.timeout = 0.0, 120.0
    talk.press("confirm.yes")  # tried again from the state before, as the api does
    assert talk.messages[0]["kind"] == "ticket"
    assert len(dialogue.api.tickets) == 1


def post(dialogue: DialogueProcesses, content: bytes, secret: str | None = SECRET) -> httpx.Response:
    headers = {"Content-Type": "application/json"} | ({"X-Gateway-Secret": secret} if secret else {})
    return httpx.post(f"{dialogue.url}/webhooks/gateway/turns", content=content, headers=headers, timeout=120)


def body(**changes: Any) -> bytes:
    turn = {"conversation_id": "c", "turn_id": "t", "turn_token": "x", "text": "hola", "context": {}, **changes}
    return json.dumps(turn).encode()


@pytest.mark.parametrize("secret", [None, "", "wrong", "secret-of-the-dialogue-testz", "ñ"])
def test_without_the_secret_nothing_is_said(dialogue: DialogueProcesses, secret: str | None) -> None:
    given = None if secret is None else httpx.Headers([(b"X-Gateway-Secret", secret.encode())])
    answer = httpx.post(f"{dialogue.url}/webhooks/gateway/turns", content=body(), headers=given, timeout=120)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        body(text=None),
        body(choice={"name": "x", "label": "x", "intent": "restart", "entities": {}}),
        body(choice={"name": "x", "label": "x", "intent": "inform", "entities": {"verified": "true"}}),
        body(choice={"name": "x", "label": "x", "intent": "inform", "entities": {"category": "nothing"}}),
        body(choices=[{"name": "x", "label": "x", "intent": "session_start", "entities": {}}]),
    ],
)
def test_a_malformed_turn_is_refused(dialogue: DialogueProcesses, content: bytes) -> None:
    assert post(dialogue, content).status_code == 422


def test_rasas_own_doors_are_shut(dialogue: DialogueProcesses) -> None:
    for path in (
        "/webhooks/rest/webhook",
        "/conversations/c/messages",
        "/model/parse",
        "/model",
        "/status",
        "/version",
    ):
        assert httpx.post(f"{dialogue.url}{path}", json={}, timeout=120).status_code in (404, 405), path


async def test_sixty_turns_at_once_are_all_answered(dialogue: DialogueProcesses) -> None:
    async with httpx.AsyncClient(base_url=dialogue.url, headers={"X-Gateway-Secret": SECRET}, timeout=120) as client:

        async def turn(number: int) -> dict[str, Any]:
            state = {
                "slots": {
                    "language": "es",
                    "language_choice": "es",
                    "scenario": "question",
                    "requested_slot": "problem",
                },
                "active_loop": "help_form",
            }
            sent = json.loads(
                body(
                    conversation_id=f"c{number}",
                    turn_id=uuid.uuid4().hex,
                    text=f"no exporta {number} reportes",
                    state=state,
                )
            )
            answer: dict[str, Any] = (await client.post("/webhooks/gateway/turns", json=sent)).json()
            return answer

        answers = await asyncio.gather(*(turn(number) for number in range(60)))
    assert {each["status"] for each in answers} == {"completed"}
    assert [each["state"]["slots"]["problem"] for each in answers] == [
        f"no exporta {number} reportes" for number in range(60)
    ]


def test_nothing_that_customers_typed_is_in_the_logs(dialogue: DialogueProcesses) -> None:
    talk = (
        dialogue.conversation("es", language_chosen="es")
        .press("scenario.question")
        .say("mi dato privado xyzzy42 no exporta")
    )
    dialogue.api.failing = True
    talk.say("tampoco puedo importar el archivo xyzzy42 de productos, sale un error")
    assert talk.status == "failed"
    for name in ("rasa", "actions"):
        assert "xyzzy42" not in dialogue.log(name)
        assert "ana@example.com" not in dialogue.log(name)
