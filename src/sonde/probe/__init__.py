"""The agent: sends and receives measured RTP streams. Runs without the server part.

The protocol (`frames`, `source`, `target`, `wheel`) is pure: time and datagrams are arguments. Two child
processes with nothing else in them run it against sockets: `sender` and `receiver`.
"""
