"""Sonde tells people how good their voice and video calls are, and why."""

__version__ = "0.1.0"
