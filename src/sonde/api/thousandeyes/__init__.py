"""The ThousandEyes API, version 6, for its voice (RTP stream) tests.

Written from the vendor's public reference; docs/thousandeyes.md lists where that contradicts itself
and what was decided.
"""
