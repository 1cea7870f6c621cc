"""Credentials that must never show: their shapes, and the ways in which a task gets them. Add a shape or a way as one line."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

Letters = Callable[[int], str]


@dataclass(frozen=True)
class Shape:
    """A kind of credential.

    Args:
        sendable: whether it can be sent. Otherwise it has to be refused before any request.
        is_data: whether ansible-core before 2.19 converts it to data if a template has nothing else, and so changes its text.
    """

    write: Callable[[Letters], str]
    sendable: bool = True
    is_data: bool = False


SHAPES: dict[str, Shape] = {
    "plain": Shape(lambda some: some(40)),
    "with a prefix": Shape(lambda some: f"cfut_{some(40)}"),
    "newline after it": Shape(lambda some: f"{some(40)}\n"),
    "blanks around": Shape(lambda some: f"  {some(40)}\t "),
    "quotes": Shape(lambda some: f"{some(14)}\"{some(14)}'{some(14)}"),
    "backslashes": Shape(lambda some: f"{some(14)}\\{some(14)}\\n{some(14)}"),
    # Too short for a credential.
    "6 characters": Shape(lambda some: some(6), sendable=False),
    "8 characters": Shape(lambda some: some(8)),
    "4000 characters": Shape(lambda some: some(4000)),
    "JSON": Shape(lambda some: json.dumps({some(20): some(20), "m": [some(20)]}, separators=(",", ":")), is_data=True),
    "a Python list": Shape(lambda some: f"['{some(20)}','{some(20)}']", is_data=True),
    "a template": Shape(lambda some: f"{{{{{some(30)}}}}}"),
    "a template that sets": Shape(lambda some: "{%x=" + some(30) + "%}"),
    "base64": Shape(lambda some: f"{some(14)}+{some(14)}/{some(14)}=="),
    "percent signs": Shape(lambda some: f"{some(14)}%2F{some(14)}%20{some(14)}"),
    "mark-up": Shape(lambda some: f"{some(14)}<b>{some(14)}&amp;{some(14)}"),
    "commas and equals signs": Shape(lambda some: f"{some(14)},key={some(14)}"),
    "not ASCII": Shape(lambda some: f"{some(14)}é{some(14)}ß日本{some(14)}", sendable=False),
    "blank inside": Shape(lambda some: f"{some(20)} {some(20)}", sendable=False),
    "line end inside": Shape(lambda some: f"{some(20)}\r\nX-A: {some(20)}", sendable=False),
    "a template with blanks": Shape(lambda some: f"{{{{ {some(20)} | d(1) }}}} {some(20)}", sendable=False),
}


def random_letters(rng: random.Random) -> Letters:
    """A function that returns random letters and digits."""
    return lambda count: "".join(rng.choices(string.ascii_letters + string.digits, k=count))


class Given(NamedTuple):
    """What a task gets: options, those of them from module_defaults, and environment variables."""

    options: Mapping[str, Any] = {}
    environment: Mapping[str, str] = {}
    defaults: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Way:
    """A way in which a task gets a secret.

    Args:
        misplaced: it can only be refused, before any request.
        unknown: the option does not exist, so Ansible itself refuses the task.
        shortest: a shorter text, or one that Ansible converts to data, is taken for a typing error there, not for a secret.
    """

    give: Callable[[str, str], Given]
    misplaced: bool = False
    has_email: bool = False
    unknown: bool = False
    shortest: int = 0


WAYS: dict[str, Way] = {
    "token": Way(lambda secret, _email: Given({"api_token": secret})),
    "token, environment": Way(lambda secret, _email: Given({}, {"CLOUDFLARE_API_TOKEN": secret})),
    "token, module_defaults": Way(lambda secret, _email: Given(defaults={"api_token": secret})),
    "key": Way(lambda secret, email: Given({"api_email": email, "api_key": secret}), has_email=True),
    "key, environment": Way(lambda secret, email: Given({}, {"CLOUDFLARE_EMAIL": email, "CLOUDFLARE_API_KEY": secret}), has_email=True),
    "key, module_defaults": Way(lambda secret, email: Given(defaults={"api_email": email, "api_key": secret}), has_email=True),
    "key, email in the environment": Way(lambda secret, email: Given({"api_key": secret}, {"CLOUDFLARE_EMAIL": email}), has_email=True),
    "password in base_url": Way(lambda secret, _email: Given({"base_url": with_password(secret), "api_token": "x" * 8}), misplaced=True),
    "quoted password in base_url": Way(lambda secret, _email: Given({"base_url": with_password(quote(secret, safe="")), "api_token": "x" * 8}), misplaced=True),
    "password in base_url, environment": Way(
        lambda secret, _email: Given({"api_token": "x" * 8}, {"CLOUDFLARE_BASE_URL": with_password(secret)}), misplaced=True
    ),
    "password in base_url, module_defaults": Way(
        lambda secret, _email: Given(defaults={"base_url": with_password(secret), "api_token": "x" * 8}), misplaced=True
    ),
    "token as the user of base_url": Way(lambda secret, _email: Given({"base_url": f"https://{secret}@127.0.0.1:1/", "api_token": "x" * 8}), misplaced=True),
    "token in a misspelt option": Way(lambda secret, _email: Given({"api_tokn": secret, "api_token": "x" * 8}), misplaced=True, unknown=True, shortest=8),
    "token as account_id": Way(lambda secret, _email: Given({"account_id": secret, "api_token": "x" * 8}), misplaced=True, shortest=8),
    "token as account_id, environment": Way(
        lambda secret, _email: Given({"api_token": "x" * 8}, {"CLOUDFLARE_ACCOUNT_ID": secret}), misplaced=True, shortest=8
    ),
}


def with_password(password: str) -> str:
    return f"https://robot:{password}@127.0.0.1:1/client/v4"


@dataclass(frozen=True)
class Canary:
    """One secret, used by one task only, so that a hit shows its owner."""

    shape: str
    way: str
    text: str
    email: str

    @property
    def sent(self) -> str:
        """The part of it that may be in a header."""
        return self.text.strip()

    @property
    def is_usable(self) -> bool:
        return SHAPES[self.shape].sendable and not WAYS[self.way].misplaced

    @property
    def may_be_rewritten(self) -> bool:
        return SHAPES[self.shape].is_data and self.text in (*self.given.options.values(), *self.given.defaults.values())

    @property
    def given(self) -> Given:
        return WAYS[self.way].give(self.text, self.email)


def canary(shape: str, way: str, seed: object) -> Canary:
    some = random_letters(random.Random(f"{shape} {way} {seed}"))
    return Canary(shape, way, SHAPES[shape].write(some), f"{some(12).lower()}@example.org")
