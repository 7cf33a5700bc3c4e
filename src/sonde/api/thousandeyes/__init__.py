"""The ThousandEyes API for its voice (RTP stream) tests: version 6 with its older spellings, and version 7.

Written from the vendor's public reference; docs/thousandeyes.md lists where that contradicts itself
and what was decided.
"""
