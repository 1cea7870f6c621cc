"""An independent oracle of what lists of networks cover: it counts single addresses. For the tests of the address space and of the directions."""

from __future__ import annotations

import ipaddress

from hypothesis import strategies as st

V4, V6 = "0.0.0.0/0", "::/0"
# The addresses of two tiny networks, and one of each family that stands for all others.
TINY = [ipaddress.ip_network("10.0.0.0/29"), ipaddress.ip_network("2001:db8::/125")]
PARTS = [str(part) for tiny in TINY for prefix in range(tiny.prefixlen, tiny.max_prefixlen + 1) for part in tiny.subnets(new_prefix=prefix)]
ADDRESSES = [address for tiny in TINY for address in tiny] + [ipaddress.ip_address("192.0.2.1"), ipaddress.ip_address("2001:db9::1")]


def covered(texts):
    networks = [ipaddress.ip_network(text) for text in texts or (V4, V6)]
    return {address for address in ADDRESSES if any(address in network for network in networks if network.version == address.version)}


lists = st.lists(st.sampled_from([*PARTS, V4, V6]), max_size=8, unique=True).map(sorted)
