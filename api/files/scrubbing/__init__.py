"""Secrets taken out of logs and recordings of traffic before they are stored."""
