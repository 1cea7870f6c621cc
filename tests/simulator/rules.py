"""What the service refuses although the OpenAPI document allows it.

The document has limits for the lists of POST and PUT, and none for those of PATCH. Whether the service accepts longer ones is not known: here PATCH
has the same limits, unless the habit `long_lists` is on. A value beyond a limit is refused with 400 and its pointer.
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
    """Raise the refusal of the first invalid value. `any_length` allows lists of any length."""
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
    """Whether it is an address or a network without host bits. Cached, because there are many domains and few networks."""
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
