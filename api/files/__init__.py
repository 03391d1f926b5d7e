"""Files that people give: received, checked, cleaned, stored, served and forgotten."""
