"""Whether this machine measures well: each thing an agent relies on, really tried, in a few seconds.

Nothing leaves the machine but the question to the server, when one is named.
"""
