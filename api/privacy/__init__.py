"""What a person may not read of another: personal data taken out of texts."""
