"""One reader for each way in which clients write down their statistics; all give the same samples.

Whatever the bytes are, a reader answers with a recording or raises `MalformedRecording`. A value of the
wrong type costs that value and is counted in the notes; it never costs the rest.
"""
