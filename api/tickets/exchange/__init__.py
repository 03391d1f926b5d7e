"""Tickets to and from files: CSV, and JSON a line."""
