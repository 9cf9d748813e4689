"""Which ink of a sheet is trace."""
