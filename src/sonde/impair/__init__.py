"""A relay and a bridge that lose, delay, repeat, damage and remark packets by a plan anyone can recompute.

`plan` decides and is pure, `relay` carries the plan out between sockets and `bridge` between interfaces, and
`log` keeps what really happened to every packet. Tests take the log as the truth; people use it as
`sonde impair`.
"""
