"""Telnyx' API for call reports of its Voice SDKs, version 2: what was uploaded is read back as it came.

Written from the vendor's public reference; docs/telnyx.md says what that leaves open and what we do.
"""
