"""`python -m actions` serves the actions."""

from actions.server import ActionsSettings, serve

if __name__ == "__main__":
    serve(ActionsSettings.from_environment())
