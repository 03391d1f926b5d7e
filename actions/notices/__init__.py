"""Service notices in a conversation."""

from actions.notices.text import notice_text

__all__ = ["notice_text"]
