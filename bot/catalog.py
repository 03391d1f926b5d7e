"""The catalog of one deployment: ids, order and rules from data/catalog.yml, words from data/wording/<language>.yml.

Standard library and PyYAML only: the same module serves the api, the actions and the Rasa process, in both environments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from bot import catalog_hours
from bot import catalog_reader as reader
from bot.catalog_entries import (
    DAYS,
    AttachmentLimits,
    Card,
    Category,
    Detail,
    OpenRange,
    Priorities,
    Scenario,
    Status,
    SupportHours,
    SupportType,
    Target,
    Targets,
    TicketField,
    Topic,
)
from bot.catalog_files import CatalogError, read_yaml
from bot.catalog_labels import hours_text, label_text, required_labels
from bot.text import words as words_of
from bot.wording import Wording

__all__ = [
    "DAYS",
    "AttachmentLimits",
    "Card",
    "Catalog",
    "CatalogError",
    "Category",
    "Detail",
    "OpenRange",
    "Priorities",
    "Scenario",
    "Status",
    "SupportHours",
    "SupportType",
    "Target",
    "Targets",
    "TicketField",
    "Topic",
    "Wording",
    "load_catalog",
]


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_Entry = TypeVar("_Entry", bound=_Identified)


def load_catalog(data_dir: Path | None = None) -> Catalog:
    """The catalog in `data_dir`; by default that of the project that this module belongs to. CatalogError as Catalog.load."""
    return Catalog.load(data_dir or Path(__file__).resolve().parent.parent / "data")


@dataclass(frozen=True)
class Catalog:
    """Everything that a deployment decides, checked as a whole when it is loaded. Never changes afterwards.

    `subjects`: by support type. `topics`: in the order in which their details are asked. `same_labels`: label keys that are
    rightly the same in several languages. Lookups of an unknown id raise CatalogError, which lists the known ones.
    """

    vendor: str
    languages: tuple[str, ...]
    default_language: str
    support_types: tuple[SupportType, ...]
    scenarios: tuple[Scenario, ...]
    categories: tuple[Category, ...]
    ticket_types: tuple[str, ...]
    fields: tuple[TicketField, ...]
    priorities: tuple[str, ...]
    priority_rules: Priorities
    subjects: Mapping[str, tuple[str, ...]]
    topics: tuple[Topic, ...]
    default_platforms: tuple[str, ...]
    statuses: tuple[Status, ...]
    reopen_working_hours: int
    support_hours: SupportHours
    first_response_minutes: int
    targets: Targets
    attachment_limits: AttachmentLimits
    same_labels: Mapping[str, tuple[str, ...]]
    _account_platforms: Mapping[str, tuple[str, ...]]
    _wordings: Mapping[str, Wording]
    _content: Mapping[str, Any]

    @classmethod
    def load(cls, data_dir: Path) -> Catalog:
        """Reads and checks `catalog.yml` and `wording/*.yml` below `data_dir`.

        CatalogError, naming file, key and cure: YAML that cannot be read (with its line), ids that stand twice, references
        to what is not there, missing labels.
        """
        content = read_yaml(data_dir / reader.FILE, reader.FILE)
        root = reader.Section(content, "")
        vendor = root.text("vendor")
        languages = root.ids("languages", needed=True)
        ticket_types = root.ids("ticket_types", needed=True)
        priorities = reader.read_priorities(reader.Section(root.need("priority"), "priority"), ticket_types)
        support_types = reader.read_support_types(root, priorities.order, ticket_types)
        support_ids = tuple(each.id for each in support_types)
        categories = reader.read_categories(root, priorities.order, ticket_types)
        category_ids = tuple(each.id for each in categories)
        reader.check_apart("categories", category_ids, "support types", support_ids)
        fields = reader.read_fields(root, categories, support_types)
        reader.check_matrix(priorities, fields)
        default_platforms, account_platforms = reader.read_platforms(
            reader.Section(root.get("platforms", {}), "platforms"), vendor
        )
        default_language = root.one_of("default_language", languages)
        wordings = {each: Wording.read(data_dir / "wording" / f"{each}.yml", each, vendor) for each in languages}
        catalog = cls(
            vendor=vendor,
            languages=languages,
            default_language=default_language,
            support_types=support_types,
            scenarios=reader.read_scenarios(root, category_ids, ticket_types, support_ids),
            categories=categories,
            ticket_types=ticket_types,
            fields=fields,
            priorities=priorities.order,
            priority_rules=priorities,
            subjects=reader.read_subjects(root, support_ids),
            topics=tuple(
                Topic(
                    id=id_,
                    details=details,
                    words={each: wordings[each].words(f"words.topics.{id_}") for each in languages},
                )
                for id_, details in reader.read_topics(root)
            ),
            default_platforms=default_platforms,
            statuses=reader.read_statuses(root),
            reopen_working_hours=root.number("reopen_working_hours"),
            support_hours=catalog_hours.read_support_hours(reader.Section(root.need("support_hours"), "support_hours")),
            first_response_minutes=root.number("first_response_minutes"),
            targets=catalog_hours.read_targets(root, priorities.order),
            attachment_limits=reader.read_attachment_limits(reader.Section(root.need("attachments"), "attachments")),
            same_labels=reader.read_same_labels(root, languages),
            _account_platforms=account_platforms,
            _wordings=wordings,
            _content=content,
        )
        root.done()
        catalog._check_wording()
        return catalog

    def _check_wording(self) -> None:
        for language, wording in self._wordings.items():
            for key in required_labels(self):
                if key not in wording:
                    raise CatalogError(wording.file, key, f"the label is missing in {language!r}", "Write it")
            for topic in self.topics:
                if not topic.words[language]:
                    key = f"words.topics.{topic.id}"
                    raise CatalogError(wording.file, key, "no word reveals the topic", "Write a list of words")

    # Entries by id

    def category(self, id_: str) -> Category:
        return _named(self.categories, id_, "category")

    def scenario(self, id_: str) -> Scenario:
        return _named(self.scenarios, id_, "scenario")

    def support_type(self, id_: str) -> SupportType:
        return _named(self.support_types, id_, "support type")

    def field(self, id_: str) -> TicketField:
        return _named(self.fields, id_, "field")

    def topic(self, id_: str) -> Topic:
        return _named(self.topics, id_, "topic")

    def status(self, id_: str) -> Status:
        return _named(self.statuses, id_, "status")

    # Forms

    def selectable_subcategories(self, category_id: str) -> tuple[str, ...]:
        """The subcategories to choose from: () where there is no choice, since a list of one or none is not asked."""
        listed = self.category(category_id).subcategories
        return listed if len(listed) > 1 else ()

    def required_fields(self, category_id: str | None = None, *, support_type: str | None = None) -> tuple[str, ...]:
        """Ids of the fields without which a ticket is refused, in asking order.

        A support type other than the first (technical) has its own fields, whatever the category says. With neither, the
        fields that every technical ticket needs.
        """
        return tuple(
            each.id
            for each in self._fields_for(category_id, support_type)
            if self._needs(each, category_id, support_type)
        )

    def shown_fields(self, category_id: str | None = None, *, support_type: str | None = None) -> tuple[str, ...]:
        """Ids of the enabled fields that the ticket may hold, required ones included, in asking order."""
        return tuple(each.id for each in self._fields_for(category_id, support_type))

    def asked_fields(self, category_id: str | None = None, *, support_type: str | None = None) -> tuple[str, ...]:
        """Ids of the fields that get a step of their own, in asking order: what is required, and what is offered."""
        return tuple(
            each.id
            for each in self._fields_for(category_id, support_type)
            if each.ask == "offer" or (each.ask == "question" and self._needs(each, category_id, support_type))
        )

    def _place(self, category_id: str | None, support_type: str | None) -> str | None:
        """What `required_for` and `shown_for` call it: the category's id, or that of a support type without categories."""
        if support_type is not None and self.support_type(support_type) is not self.support_types[0]:
            return support_type
        return None if category_id is None else self.category(category_id).id

    def _fields_for(self, category_id: str | None, support_type: str | None) -> tuple[TicketField, ...]:
        place = self._place(category_id, support_type)
        categories = [each.id for each in self.categories]
        return tuple(
            each
            for each in self.fields
            if each.enabled
            and (place in each.shown_for if place else all(known in each.shown_for for known in categories))
        )

    def _needs(self, field: TicketField, category_id: str | None, support_type: str | None) -> bool:
        place = self._place(category_id, support_type)
        return place in field.required_for if place else all(each.id in field.required_for for each in self.categories)

    def options(
        self,
        field_id: str,
        *,
        category: str | None = None,
        support_type: str | None = None,
        account_id: str | None = None,
    ) -> tuple[str, ...]:
        """The ids that may be chosen for a field (for platforms: their names); () for a field that is not chosen."""
        field = self.field(field_id)
        if field.kind != "choice" or field.options:
            return field.options
        if field.label_kind == "support_types":
            return tuple(each.id for each in self.support_types)
        if field.label_kind == "categories":
            return tuple(each.id for each in self.categories)
        if field.label_kind == "subjects":
            return self.subjects.get(support_type, ()) if support_type else ()
        if field.label_kind == "platforms":
            return self.platforms_of(account_id)
        if category is None:
            return ()
        found = self.category(category)
        return found.purposes if field.label_kind == "purposes" else self.selectable_subcategories(category)

    def platforms_of(self, account_id: str | None) -> tuple[str, ...]:
        """The platforms of an account as this file knows them; the default list for no account, or an unknown one."""
        return self._account_platforms.get(account_id or "", self.default_platforms)

    def account_platforms(self) -> Mapping[str, tuple[str, ...]]:
        """account id -> its platforms. Not for the public: an account's id and stores are its own business."""
        return MappingProxyType(dict(self._account_platforms))

    # Rules

    def priority(
        self,
        *,
        category: str | None = None,
        scenario: str | None = None,
        ticket_type: str | None = None,
        support_type: str | None = None,
        users_affected: str | None = None,
        impact: str | None = None,
    ) -> str:
        """The priority of a new ticket.

        The first that is known decides: a support type with a priority of its own, the category (by its card, or by the
        matrix), the ticket type, the scenario's default category. Without the facts that a rule needs: `priority.unknown`.
        CatalogError for an id that the catalog does not know.
        """
        if support_type is not None:
            fixed = self.support_type(support_type).priority
            if fixed is not None:
                return fixed
        if category is not None:
            rule = self.category(category).priority
        elif ticket_type is not None:
            if ticket_type not in self.ticket_types:
                raise _unknown("ticket type", ticket_type, self.ticket_types)
            rule = self.priority_rules.ticket_types[ticket_type]
        elif scenario is not None:
            rule = self.category(self.scenario(scenario).default_category).priority
        else:
            return self.priority_rules.unknown
        return rule if rule is not None else self._by_matrix(users_affected, impact)

    def _by_matrix(self, users_affected: str | None, impact: str | None) -> str:
        matrix = self.priority_rules.matrix
        if users_affected is not None and users_affected not in matrix:
            raise _unknown("value of users_affected", users_affected, tuple(matrix))
        impacts = self.field("impact").options
        if impact is not None and impact not in impacts:
            raise _unknown("value of impact", impact, impacts)
        if users_affected is None or impact is None:
            return self.priority_rules.unknown
        return matrix[users_affected][impact]

    def may_move(self, status: str, to: str, *, by_customer: bool = False) -> bool:
        """Whether a ticket may go from one status to another (staying is no move)."""
        found = self.status(status)
        return self.status(to).id in (found.customer_next if by_customer else found.next)

    def target(self, priority: str, category: str | None = None) -> Target | None:
        """What is promised for a ticket; None where nothing is. Its clock is `working` or `calendar`: that of this ticket."""
        found = self.targets.by_priority.get(priority)
        if found is None or found.clock != "emergencies":
            return found
        emergency = any(each.id == category and each.emergency for each in self.categories)
        return replace(found, clock="calendar" if emergency else "working")

    def topics_in(self, text: str, language: str) -> tuple[Topic, ...]:
        """The topics that the customer's words reveal, in the catalog's order. Case, accents and punctuation do not count."""
        said = words_of(text)
        return tuple(
            each for each in self.topics if any(_says(said, phrase) for phrase in each.words.get(language, ()))
        )

    # Words

    def wording(self, language: str) -> Wording:
        """CatalogError for a language that the catalog does not have."""
        if language not in self._wordings:
            raise _unknown("language", language, self.languages)
        return self._wordings[language]

    def label(self, kind: str, id_: str, language: str) -> str:
        """What a person reads for an id. KeyError, naming file and key, where there is none.

        Choices may be asked for by their full name: ("choices", "solved.yes") falls back to ("choices", "yes").
        """
        return label_text(self.wording(language), kind, id_)

    def help(self, kind: str, id_: str, language: str) -> str | None:
        """The sentence that explains an id, where there is one."""
        wording = self.wording(language)
        key = f"labels.help.{kind}.{id_}"
        return wording.text(key) if key in wording else None

    def card(self, category_id: str, language: str) -> Card:
        """How the category is offered on the portal's cards and in the quick classification."""
        wording = self.wording(language)
        category = self.category(category_id)
        key = f"labels.cards.{category.id}"
        return Card(emoji=category.emoji, question=wording.text(f"{key}.question"), use=wording.text(f"{key}.use"))

    def support_hours_text(self, language: str) -> str:
        """The support hours in one line: "lunes a viernes de 8:00 a 18:00 (hora de Bogotá)"."""
        return hours_text(self.support_hours, self.wording(language))

    def words(self, kind: str, id_: str, language: str) -> tuple[str, ...]:
        """What customers call an id besides its label: () where nobody has written any."""
        return self.wording(language).words(f"words.{kind}.{id_}")

    def told(self, kind: str, id_: str, language: str) -> tuple[str, ...]:
        """Phrases (bot/phrases.py) that tell an id anywhere in a customer's story: () where nobody has written any."""
        return self.wording(language).words(f"words.told.{kind}.{id_}")

    def digest(self) -> str:
        """SHA-256 (hex) of the catalog's and the wordings' content; comments and layout do not count, order does."""
        return self._digest

    def dialogue_digest(self) -> str:
        """As `digest`, of what the dialogue's model is made from: a sentence of a page, a mail or an error is not."""
        return self._digest_of(("labels", "words", "messages"))

    @cached_property
    def _digest(self) -> str:
        return self._digest_of(None)

    def _digest_of(self, sections: tuple[str, ...] | None) -> str:
        content = [self._content, {each: wording.canonical(sections) for each, wording in self._wordings.items()}]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()

    def to_json(self, language: str) -> dict[str, Any]:
        """`GET /catalog`: ids with their labels, in order. Nothing of an account, no team, no words."""
        # Imported here: the face needs the class, and the class offers the face.
        from bot.catalog_json import catalog_json

        return catalog_json(self, language)


def _named(entries: tuple[_Entry, ...], id_: str, what: str) -> _Entry:
    for each in entries:
        if each.id == id_:
            return each
    raise _unknown(what, id_, tuple(each.id for each in entries))


def _unknown(what: str, found: str, known: tuple[str, ...]) -> CatalogError:
    return CatalogError(reader.FILE, "", f"there is no {what} {found!r}", f"Use one of: {', '.join(known)}")


def _says(said: tuple[str, ...], phrase: str) -> bool:
    """Whether the words of the phrase stand side by side in what was said; a last word with * only has to start so."""
    wanted = words_of(phrase)
    size = len(wanted)
    if not wanted:
        return False
    for start in range(len(said) - size + 1):
        heard = said[start : start + size]
        if heard == wanted or (phrase.endswith("*") and heard[:-1] == wanted[:-1] and heard[-1].startswith(wanted[-1])):
            return True
    return False
