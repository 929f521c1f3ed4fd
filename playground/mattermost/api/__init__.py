"""REST API v4: one table of paths, and a function for each."""
