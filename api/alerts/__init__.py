"""Alerts: an emergency ticket is told at once, again, and to the next contact, until somebody acknowledges."""
