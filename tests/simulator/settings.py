"""Settings of the server as a whole: its date, its limits, its strictness."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .lists import LISTS

RESOURCES = ("domains", *LISTS)
SHAPES = ("newest", "early2026")
DOMAIN_PATCHES = (None, "refuse", "ignore", "accept")
BATCHES = ("atomic", "partial", "skip", 404, 405)
DUPLICATES = ("stored", "refused", "merged")


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
    list_batch: str | int | dict[str, str | int] = "atomic"
    list_duplicates: str | dict[str, str] = "stored"
    list_limit: int | dict[str, int] | None = None
    not_entitled: tuple[str, ...] = ()
    no_permission: tuple[str, ...] = ()
    no_write_permission: tuple[str, ...] = ()
    synced_status: int = 400
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
        require_choices("list_batch", new.list_batch, BATCHES)
        require_choices("list_duplicates", new.list_duplicates, DUPLICATES)
        if isinstance(new.list_limit, dict):
            require_resources("list_limit", new.list_limit)
        for name in ("not_entitled", "no_permission", "no_write_permission"):
            require_resources(name, getattr(new, name))
        return new

    def batch_of(self, resource: str) -> str | int:
        """How the batches of a resource behave."""
        return self.batch if resource == "domains" else of_list(self.list_batch, resource, "atomic")

    def duplicates_of(self, resource: str) -> str:
        """What a list does with a second entry of one key."""
        return str(of_list(self.list_duplicates, resource, "stored"))

    def limit_of(self, resource: str) -> int | None:
        """How many entries a list may hold."""
        limit = of_list(self.list_limit, resource, None)
        return None if limit is None else int(limit)

    @property
    def early(self) -> bool:
        """Whether the server is that of early 2026."""
        return self.shape == "early2026"

    @property
    def patches_domain(self) -> str:
        """How a PATCH with `domain` is treated: accepted in early 2026, ignored today unless set otherwise."""
        return self.domain_patch or ("accept" if self.early else "ignore")


def of_list(setting: Any, resource: str, default: Any) -> Any:
    """The value of a setting for one list: a setting is one value for all lists, or a mapping from their names."""
    return setting.get(resource, default) if isinstance(setting, dict) else setting


def require_choices(name: str, setting: Any, allowed: tuple[Any, ...]) -> None:
    """Refuse a value that is not one of the choices, for all lists or for one.

    Raises:
        ValueError: it is not, or there is no such list.
    """
    if isinstance(setting, dict):
        require_resources(name, setting)
    for value in setting.values() if isinstance(setting, dict) else (setting,):
        if value not in allowed:
            raise ValueError(f"{name} is one of {', '.join(map(str, allowed))}")


def require_resources(name: str, given: Iterable[str]) -> None:
    """Refuse a name that is not a resource.

    Raises:
        ValueError: it is not.
    """
    if isinstance(given, str):
        raise ValueError(f"{name} is a list of resources")
    unknown = sorted(set(given) - set(RESOURCES))
    if unknown:
        raise ValueError(f"{name}: no such resource: {', '.join(unknown)}; there are {', '.join(RESOURCES)}")
