"""The rectifier `grid`: one smooth grid over the whole page, for scans and renders."""
