"""The use cases: who may do what, what a request must look like, and what is kept of it.

The only room that calls `store` and `directory`. Whatever API or command asks, the rules are here.
"""
