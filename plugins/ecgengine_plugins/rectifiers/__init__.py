"""Built-in rectifiers: lay the paper flat and find its scale."""
