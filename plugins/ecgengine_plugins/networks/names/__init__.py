"""Lead names, speeds and gains on a sheet."""
