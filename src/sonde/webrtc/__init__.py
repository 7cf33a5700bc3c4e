"""What did a client say?  Statistics of real WebRTC calls, from whichever source, as one typed sample.

`sample` is what every source becomes, `event` what happened beside it, `recording` opens a file of any kind
with the readers in `dialects`. Nothing here reads a clock or opens a socket: all times are the client's own.
"""
