"""The admin help panel: what its element asks of the api."""
