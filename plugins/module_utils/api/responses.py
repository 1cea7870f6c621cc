# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP responses and the results that they contain. Responses that are no success become errors in api_errors.py. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

MAX_JSON_DEPTH = 50

_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json\s*(?:;.*)?", re.IGNORECASE)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Response(NamedTuple):
    """An HTTP response. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiResult(NamedTuple):
    """The content of a successful response. `messages` is not redacted."""

    result: Any
    result_info: Mapping[str, Any]
    messages: Any


def parse_success(response: Response) -> ApiResult | None:
    """Return the result of a response that reports success by its status and in its body; None for any other."""
    if not 200 <= response.status < 300:
        return None
    if response.status == 204:
        return ApiResult(None, {}, None)
    body, _found_instead = decode_json(response)
    if body.get("success") is not True:
        return None
    return ApiResult(body.get("result"), as_mapping(body.get("result_info")), body.get("messages"))


def decode_json(response: Response) -> tuple[dict[str, Any], str]:
    """Return the JSON object in the body, or a description of what is there instead.

    It raises no exception, because the context of that would be the parser's own, which quotes the body.
    """
    content_type = response.headers.get("content-type", "")
    if not response.body.strip():
        return {}, "an empty body"
    if content_type and not _JSON_TYPE.fullmatch(content_type.strip()):
        return {}, "something that is not JSON"
    try:
        text = response.body.decode("utf-8")
        body = json.loads(text, parse_constant=_reject_constant, parse_float=_parse_finite, object_pairs_hook=_reject_duplicate_keys)
        if _ESCAPED_SURROGATE.search(text):
            # Half of a surrogate pair cannot be encoded when it is printed.
            body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except _DuplicateKeyError:
        return {}, "JSON with a duplicate key"
    except (ValueError, RecursionError):
        return {}, "broken JSON"
    if _is_too_deep(body):
        return {}, "JSON that is nested too deeply"
    if not isinstance(body, dict) or "success" not in body:
        return {}, "JSON that is not Cloudflare's envelope"
    return body, ""


class _DuplicateKeyError(ValueError):
    """An object has a key twice. Parsers differ in which value they use, so one may read success where another does not."""


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DuplicateKeyError
    return found


def _is_too_deep(body: Any) -> bool:
    """Whether it is nested deeper than any response of Cloudflare's. What follows walks through it recursively."""
    level = [body] if isinstance(body, (dict, list)) else []
    for _depth in range(MAX_JSON_DEPTH):
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node) if isinstance(child, (dict, list))]
        if not level:
            return False
    return True


def _reject_constant(name: str) -> float:
    raise ValueError(name)


def _parse_finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _reject_constant(digits)


def as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
