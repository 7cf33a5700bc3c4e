"""Version 7: JSON with links, problems as RFC 9457 has them, identifiers as strings."""
