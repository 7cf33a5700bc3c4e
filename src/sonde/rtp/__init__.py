"""What happened to a packet stream: pure arithmetic on stamps and headers.

Time is always an argument, in integer nanoseconds since the Unix epoch; results are seconds. Nothing
here reads a clock or opens a socket.
"""
