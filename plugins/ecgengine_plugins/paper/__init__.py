"""What several stages know of a printed page."""
