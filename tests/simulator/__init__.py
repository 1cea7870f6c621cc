"""A stand-in for Cloudflare's Email Security settings API, on loopback, for tests and demonstrations.

It never imports the collection, nor the collection it: what the two know in common is the API. See README.md.
"""

from __future__ import annotations

from .server import Simulator

__all__ = ["Simulator"]
