"""A tracker that is built from the turn's state, and turned back into it."""

# Rasa's environment has no pytest.
# ruff: noqa: PT009, PT027

import asyncio
import unittest

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot.catalog import load_catalog
from bot.domain_builder import build_domain
from bot.running_turn import TurnFailed, begin_turn
from bot.tracker_store import TurnTrackerStore, build_tracker, read_state
from bot.turn import DialogueState

STATE = DialogueState(
    slots={"language": "pt", "title": "T", "requested_slot": "impact", "shown": [{"title": "A", "url": "/a"}]},
    active_loop="ticket_form",
)


class Store(unittest.TestCase):
    domain: Domain

    @classmethod
    def setUpClass(cls) -> None:
        cls.domain = Domain.from_dict(build_domain(load_catalog()))

    def test_a_state_survives_the_way_through_a_tracker(self) -> None:
        tracker = build_tracker("c", STATE, self.domain)
        self.assertEqual(tracker.active_loop_name, "ticket_form")
        self.assertEqual(tracker.get_slot("requested_slot"), "impact")
        self.assertEqual(tracker.latest_action_name, "action_listen")
        self.assertEqual(read_state(tracker), STATE)

    def test_slots_and_loops_that_the_domain_no_longer_has_are_left_out(self) -> None:
        state = DialogueState(slots={"language": "es", "verified": True, "gone": 1}, active_loop="gone_form")
        self.assertEqual(read_state(build_tracker("c", state, self.domain)), DialogueState({"language": "es"}, None))

    def test_the_store_that_endpoints_yml_names_is_this_one_and_keeps_nothing(self) -> None:
        store = TrackerStore.create(EndpointConfig(type="bot.tracker_store.TurnTrackerStore"), self.domain)
        self.assertIsInstance(store, TurnTrackerStore)

        async def play() -> None:
            turn = begin_turn(STATE)
            tracker = await store.retrieve("c")
            await store.save(tracker)
            self.assertEqual(turn.after, STATE)
            begin_turn(DialogueState())
            self.assertEqual(read_state(await store.retrieve("c")), DialogueState())

        asyncio.run(play())

    def test_outside_of_a_turn_there_is_no_tracker(self) -> None:
        store = TurnTrackerStore(self.domain)

        async def play() -> None:
            await store.retrieve("c")

        with self.assertRaises(TurnFailed):
            import contextvars

            contextvars.Context().run(asyncio.run, play())
