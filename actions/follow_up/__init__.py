"""A ticket after it was opened: its status, a comment, opening it again; and how the customer found the help."""
