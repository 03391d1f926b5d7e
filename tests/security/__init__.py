"""What stands against attack, each shown by a test."""
