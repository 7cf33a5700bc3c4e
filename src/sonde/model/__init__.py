"""The nouns every room shares: agents, voice tests, rounds, people, errors.

A thing belongs here when at least two rooms must name it and neither owns it. Nothing here reads a
clock or opens a file.
"""
