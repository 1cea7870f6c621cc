"""A simulator of Cloudflare's Email Security settings API, on loopback, for tests and demonstrations.

Simulator and collection never import each other: what they have in common is the API. See README.md.
"""

from __future__ import annotations

from .server import Simulator

__all__ = ["Simulator"]
