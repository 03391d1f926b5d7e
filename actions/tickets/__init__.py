"""The way from a problem to a ticket."""
