# Copyright: mailops maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an HTTP answer to the result that it holds. What any other answer means is explained in api_errors.py. Pure."""

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
    """What came over the wire; the names of C(headers) are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ApiResult(NamedTuple):
    """What a good answer holds. C(messages) are as the server wrote them."""

    result: Any
    result_info: Mapping[str, Any]
    messages: Any


def parse_success(answer: Response) -> ApiResult | None:
    """The envelope of an answer that says success by its status and in words; None for any other."""
    if not 200 <= answer.status < 300:
        return None
    if answer.status == 204:
        return ApiResult(None, {}, None)
    body, _what_else = decode_json(answer)
    if body.get("success") is not True:
        return None
    return ApiResult(body.get("result"), as_mapping(body.get("result_info")), body.get("messages"))


def decode_json(answer: Response) -> tuple[dict[str, Any], str]:
    """The JSON object in the body, or the words for what is there instead.

    No exception, because the parser's own would travel along with it, and quotes the body.
    """
    content_type = answer.headers.get("content-type", "")
    if not answer.body.strip():
        return {}, "an empty body"
    if content_type and not _JSON_TYPE.fullmatch(content_type.strip()):
        return {}, "something that is not JSON"
    try:
        text = answer.body.decode("utf-8")
        body = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_unambiguous)
        if _ESCAPED_SURROGATE.search(text):
            # Half of a surrogate pair is no character; it would break whoever prints it.
            body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
    except _AmbiguousError:
        return {}, "JSON that has a key twice"
    except (ValueError, RecursionError):
        return {}, "broken JSON"
    if _is_too_deep(body):
        return {}, "JSON that is nested without end"
    if not isinstance(body, dict) or "success" not in body:
        return {}, "JSON that is not Cloudflare's envelope"
    return body, ""


class _AmbiguousError(ValueError):
    """An object has a key twice. Parsers differ in which of the two they take, and one may say success where the other does not."""


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _AmbiguousError
    return found


def _is_too_deep(body: Any) -> bool:
    """Whether it is nested deeper than anything of Cloudflare's, and than what can be walked through and printed."""
    level = [body] if isinstance(body, (dict, list)) else []
    for _depth in range(MAX_JSON_DEPTH):
        level = [child for node in level for child in (node.values() if isinstance(node, dict) else node) if isinstance(child, (dict, list))]
        if not level:
            return False
    return True


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _finite(digits: str) -> float:
    value = float(digits)
    return value if math.isfinite(value) else _refuse_constant(digits)


def as_mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
