"""How good is it? Pure arithmetic: the E-model, its scales, the codecs it knows, the names of DSCP values.

A score is made in `voice`, by one of two models. Each describes what stands at both `ends` of the network,
with a codec of `codecs` or a `coding` of `registry`'s published values; the E-model of the codec's scale
(`emodel`, `wideband`, `fullband`) rates it, `interval` says how sure that is, `validity` what limits it, and
`attribution` which impairment took how many points. `scales` and `mos` change R into MOS and back.

Streams of real calls are scored by `qs_audio` and `qs_video`, with codecs by their names in SDP
(`call_codecs`); `averages` puts scores over time together, and `rtcscore` is another library's score.
"""
