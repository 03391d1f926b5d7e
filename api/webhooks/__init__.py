"""Webhooks out: what happens here is told to other systems, signed, in order, and again until they have it."""
