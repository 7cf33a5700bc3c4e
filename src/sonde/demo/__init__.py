"""The world of `sonde demo`: a server, two agents and two bad roads between them, all on this machine."""
