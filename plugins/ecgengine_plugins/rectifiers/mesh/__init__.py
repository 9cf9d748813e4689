"""The rectifier `mesh`: a grid linked crossing by crossing, on paper of any shape."""
