"""When a recognised intent is believed."""

import pytest

from bot.intent_rules import guarded_intent


@pytest.mark.parametrize(
    ("text", "name", "confidence", "believed"),
    [
        ("gracias", "thank", 0.99, "thank"),
        ("cancelar", "cancel", 0.2, "describe_problem"),
        ("gracias pero el checkout sigue sin cobrar a mis clientes desde ayer", "thank", 0.9, "describe_problem"),
        (
            "el sistema entero no carga para nadie desde hace diez minutos por favor ayuda",
            "report_outage",
            0.9,
            "report_outage",
        ),
        ("aaaaaaaaaa", "thank", 0.9, "describe_problem"),
        ("123456", "check_ticket_status", 0.9, "describe_problem"),
        ("😀😀", "thank", 0.9, "out_of_scope"),
        ("no exporta", "describe_problem", 0.1, "describe_problem"),
        ("hola", None, 0.0, "describe_problem"),
    ],
)
def test_only_short_and_certain_commands_are_believed(
    text: str, name: str | None, confidence: float, believed: str
) -> None:
    assert guarded_intent(text, name, confidence)[0] == believed
