"""Where tickets live besides here: nowhere (`local`), or mirrored in another ticketing system, both ways."""
