"""The agents' desk: what its page needs besides the ticketing api."""
