"""The built-in stages, a folder for each kind; registered through entry points like any other."""
