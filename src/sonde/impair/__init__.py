"""A UDP relay that loses, delays, repeats and remarks packets by a plan anyone can recompute.

`plan` decides and is pure, `relay` carries the plan out on real sockets, `log` keeps what really
happened to every packet. Tests take the log as the truth; people use it as `sonde impair`.
"""
