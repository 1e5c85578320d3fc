"""Commands: each parses, builds settings and makes one call."""
