"""The rectifier `mesh`: the grid's crossings one by one, on paper of any shape."""
