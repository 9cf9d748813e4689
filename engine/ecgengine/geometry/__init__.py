"""Maps between page, sheet and paper, and reading a picture through them."""
