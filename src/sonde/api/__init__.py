"""HTTP: what agents report through, what people and their tools read through.

One folder per API. Each has its own paths, its own body shapes and its own error shape; none keeps
state, knows SQL, decides thresholds or computes anything but units. All of them call
`sonde.services` and nothing below it.
"""
