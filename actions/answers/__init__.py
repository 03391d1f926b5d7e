"""Answers from the help center."""
