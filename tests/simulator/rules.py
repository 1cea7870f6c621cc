"""What the service refuses although the OpenAPI document lets it pass.

The document gives the lists of a POST and a PUT their limits, and those of a PATCH none. Whether the service takes
longer ones there is not known: a PATCH has the same limits here, unless the habit `long_lists` is on. A value beyond a
limit is answered 400 with its pointer.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Any

from .envelope import refused

LENGTHS = {
    "allowed_delivery_modes": (1, 10),
    "drop_dispositions": (0, 10),
    "ip_restrictions": (0, 100),
    "regions": (1, 10),
}


def check(settings: dict[str, Any], *, any_length: bool = False) -> None:
    """Raise the refusal of the first value that the service does not take. `any_length`: however long the lists are."""
    for name, (least, most) in LENGTHS.items():
        if name in settings and not least <= len(settings[name]) <= (len(settings[name]) if any_length else most):
            raise refused(f"{name} must have {least} to {most} items", f"/{name}")
    for index, network in enumerate(settings.get("ip_restrictions", ())):
        if not is_network(network):
            raise refused(f"{network} is not a valid IP network", f"/ip_restrictions/{index}")
    hops = settings.get("lookback_hops")
    if hops is not None and not 1 <= hops <= 20:
        raise refused("lookback_hops must be between 1 and 20", "/lookback_hops")


@lru_cache(maxsize=4096)
def is_network(text: str) -> bool:
    """Whether it is an address or a network, without host bits. Cached: a fleet has few networks and many domains."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
