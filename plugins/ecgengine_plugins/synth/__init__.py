"""A paper world: recordings, the pages that carts print of them, and what befalls such pages."""
