"""Version 7."""
