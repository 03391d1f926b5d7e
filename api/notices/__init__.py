"""Service notices: an ongoing problem or planned work, published by staff, shown to whoever it may concern."""
