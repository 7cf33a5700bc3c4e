"""What went wrong in a call: the catalogue of issues, and the detectors that find them in intervals.

`finding` is the way in. A detector of `network`, `audio`, `video`, `device`, `connection` or `changes` names
the numbers it looks at and the limits; `episodes` makes of them a start and an end; `suppression` leaves out
what another issue explains; `causes` says on which side it lies, by both ends of a stream; `verdict` puts a
session into one sentence.
"""
