"""What kind of picture a page is."""
