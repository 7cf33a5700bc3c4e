"""How good is it? Pure arithmetic: the E-model, its scales, the codecs it knows, the names of DSCP values.

`emodel` rates, `mos` changes scales, `codecs` knows the codecs, and `voice` puts them together into the
score of one test stream. `wideband` and `fullband` rate on scales of their own (`scales`), `registry` keeps
published values with their sources, and `attribution` says which impairment took how many points.
"""
