"""A tracker store that keeps nothing: the tracker is built from the turn's state and turned back into it at the end.

So Rasa needs no database, cannot forget a conversation when it restarts, and a turn costs the same at the five hundredth
message as at the first (a stored tracker costs about 0.4 ms more for every past turn).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import (
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    DEFAULT_SLOT_NAMES,
    REQUESTED_SLOT,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.running_turn import TurnFailed, running_turn
from bot.turn import DialogueState


class TurnTrackerStore(TrackerStore):
    """Reads from and writes to the running turn. Raises TurnFailed outside of one."""

    def __init__(self, domain: Domain, event_broker: EventBroker | None = None, **kwargs: Any) -> None:
        kwargs.pop("host", None)
        super().__init__(domain, event_broker, **kwargs)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        turn = running_turn()
        if turn is None:
            raise TurnFailed("a tracker was asked for outside of a turn")
        try:
            return build_tracker(sender_id, turn.before, self.domain)
        except Exception:
            # Rasa answers a failing store with one in memory: without this mark, the turn would end well and know nothing.
            turn.fail("error")
            raise

    async def save(self, tracker: DialogueStateTracker) -> None:
        turn = running_turn()
        if turn is None:
            raise TurnFailed("a tracker was saved outside of a turn")
        turn.after = read_state(tracker)

    async def keys(self) -> Iterable[str]:
        return []


def build_tracker(sender_id: str, state: DialogueState, domain: Domain) -> DialogueStateTracker:
    """A tracker that listens, with the state's slots and loop. Slots and loops that the domain no longer has are left out."""
    tracker = DialogueStateTracker(sender_id, domain.slots)
    known = {slot.name for slot in domain.slots} - (DEFAULT_SLOT_NAMES - {REQUESTED_SLOT})
    events: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    events += [SlotSet(name, value) for name, value in state.slots.items() if name in known]
    if state.active_loop in domain.form_names:
        events += [ActionExecuted(state.active_loop), ActiveLoop(state.active_loop)]
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    tracker.update_with_events(events, domain)
    return tracker


def read_state(tracker: DialogueStateTracker) -> DialogueState:
    """The part of a tracker that the next turn starts from."""
    left_out = DEFAULT_SLOT_NAMES - {REQUESTED_SLOT}
    slots = {
        name: slot.value for name, slot in tracker.slots.items() if name not in left_out and slot.value is not None
    }
    return DialogueState(slots=slots, active_loop=tracker.active_loop_name)
