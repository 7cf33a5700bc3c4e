"""What was the quality of the calls in this capture?  Files read, RTP found, one report for each stream.

The work is done on columns of thousands of packets at a time, and what is kept of a file does not grow
with its size. Nothing here looks at payload, which may be encrypted.
"""
