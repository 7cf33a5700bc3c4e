"""Version 6, with the spellings of version 5 and the results of 2014."""
