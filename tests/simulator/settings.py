"""Settings of the server as a whole: its date, its limits, its strictness."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

SHAPES = ("newest", "early2026")
DOMAIN_PATCHES = (None, "refuse", "ignore", "accept")
BATCHES = ("atomic", "partial", "skip", 404, 405)


@dataclass(frozen=True)
class RateLimit:
    """`limit` calls in `window` seconds for each credential; afterwards only 429 for `block` seconds.

    The defaults are Cloudflare's: 1200 calls in five minutes, then five minutes of 429.
    """

    limit: int = 1200
    window: float = 300.0
    block: float | None = None

    @property
    def blocking(self) -> float:
        """The seconds of 429. By default as long as the window."""
        return self.window if self.block is None else self.block


@dataclass(frozen=True)
class Settings:
    """The settings; README.md explains each."""

    shape: str = "newest"
    domain_patch: str | None = None
    batch: str | int = "atomic"
    per_page_default: int = 20
    per_page_cap: int | None = None
    ratelimit: RateLimit | None = field(default_factory=RateLimit)
    refuse_writes: bool = False
    verification: bool = True
    wrong_credential_status: int = 401

    def configure(self, changes: dict[str, Any]) -> Settings:
        """These settings with changes.

        Raises:
            ValueError: there is no such setting, or the value is invalid.
        """
        known = {item.name for item in dataclasses.fields(self)}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise ValueError(f"no such setting: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
        changes = dict(changes)
        if isinstance(changes.get("ratelimit"), dict):
            changes["ratelimit"] = RateLimit(**changes["ratelimit"])
        new = dataclasses.replace(self, **changes)
        for name, allowed in (("shape", SHAPES), ("domain_patch", DOMAIN_PATCHES), ("batch", BATCHES)):
            if getattr(new, name) not in allowed:
                raise ValueError(f"{name} is one of {', '.join(map(str, allowed))}")
        return new

    @property
    def early(self) -> bool:
        """Whether the server is that of early 2026."""
        return self.shape == "early2026"

    @property
    def patches_domain(self) -> str:
        """How a PATCH with `domain` is treated: accepted in early 2026, ignored today unless set otherwise."""
        return self.domain_patch or ("accept" if self.early else "ignore")
