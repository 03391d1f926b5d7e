"""Which fields a ticket needs, in which order, and what may be answered: the catalog's rules, by form values."""

from __future__ import annotations

from collections.abc import Mapping

from bot.catalog import Catalog, Category, TicketField

Values = Mapping[str, "str | None"]

# Steps of the form that are no fields of the ticket.
EMAIL, CODE, OUTAGE, CONFIRM, CONFIRM_CHANGE = "email", "code", "outage", "confirm", "confirm_change"
SKIPPED = "skip"
VERIFIED = "verified"
DONE = "done"
YES, NO = "yes", "no"
# Why a form ends before it is complete: back to the answer, "no emergency", what was told goes to a ticket that is open.
LEFT_BACK, LEFT_NO_EMERGENCY, LEFT_EXISTING = "back", "no_emergency", "existing"
# At most so many details are asked, and fewer where the fields asked so many questions already: a form that asks more than
# six things is given up.
MOST_DETAILS, MOST_QUESTIONS = 2, 5


def technical(catalog: Catalog) -> str:
    """The support type that has categories: the copilot's own."""
    return catalog.support_types[0].id


def is_technical(catalog: Catalog, values: Values) -> bool:
    return (values.get("support_type") or technical(catalog)) == technical(catalog)


def emergency_category(catalog: Catalog) -> str | None:
    """The category of emergencies, where the catalog has one."""
    return next((each.id for each in catalog.categories if each.emergency), None)


def category_of(catalog: Catalog, values: Values) -> Category | None:
    """The ticket's category, None where it has none (yet), or needs none."""
    found = values.get("category") if is_technical(catalog, values) else None
    return None if found is None else catalog.category(found)


def kind_is_known(catalog: Catalog, values: Values) -> bool:
    """Whether it is decided what the ticket is about: until then only the first questions are known."""
    return not is_technical(catalog, values) or bool(values.get("category"))


def field_named(catalog: Catalog, name: str) -> TicketField | None:
    return next((each for each in catalog.fields if each.enabled and each.id == name), None)


def shown(catalog: Catalog, values: Values) -> tuple[str, ...]:
    """The fields that this ticket has, in asking order."""
    return catalog.shown_fields(values.get("category"), support_type=values.get("support_type"))


def asked(catalog: Catalog, values: Values) -> tuple[str, ...]:
    """The fields that get a step of their own, in asking order. The support type is known from the way to the form."""
    found = catalog.asked_fields(values.get("category"), support_type=values.get("support_type"))
    return tuple(each for each in found if each != "support_type")


def required(catalog: Catalog, values: Values) -> tuple[str, ...]:
    """The fields without which no ticket is opened."""
    return catalog.required_fields(values.get("category"), support_type=values.get("support_type"))


def details(catalog: Catalog) -> dict[str, str]:
    """Every detail that a topic may ask for: id -> kind."""
    return {detail.id: detail.kind for topic in catalog.topics for detail in topic.details}


def has_triage(catalog: Catalog, values: Values) -> bool:
    """Whether it is a failure that somebody has to reproduce: only there details and evidence are asked for."""
    category = category_of(catalog, values)
    return category is not None and category.asks_impact and not category.emergency


def searchable(catalog: Catalog, values: Values) -> bool:
    """Whether the help center may hold the answer: not for money, contracts and alliances."""
    category = category_of(catalog, values)
    return category is not None and not category.emergency and not category.purposes


def options(catalog: Catalog, name: str, values: Values, platforms: tuple[str, ...]) -> tuple[str, ...]:
    """The values that may be chosen for a field, in the order in which they are offered; () where it is typed."""
    field = field_named(catalog, name)
    if field is None or field.kind != "choice":
        return ()
    if field.label_kind == "platforms":
        return platforms
    found = catalog.options(name, category=values.get("category"), support_type=values.get("support_type"))
    if field.label_kind != "categories":
        return found
    # The scenario's own category first, every other after it.
    scenario = next((each for each in catalog.scenarios if each.id == values.get("scenario")), None)
    default = scenario.default_category if scenario else None
    return tuple(sorted(found, key=lambda each: each != default))


def is_platform(field: TicketField | None) -> bool:
    return field is not None and field.label_kind == "platforms"
