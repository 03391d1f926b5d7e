"""Pictures of every face of a running copilot, for the documentation and to look at."""
