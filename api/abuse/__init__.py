"""What keeps one caller from taking the service away from the others."""
