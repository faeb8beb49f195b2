"""Client ids that are legal on every venue: 32 hexadecimal digits."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

_LEGAL = re.compile(r"[0-9a-f]{32}")


@lru_cache(maxsize=64)
def wire_id(client_id: str) -> str:
    """The id that goes on the wire: itself where it is 32 hexadecimal digits, else a digest of that form.

    The same id always gives the same digits, so an order can be found again after a restart.
    """
    if _LEGAL.fullmatch(client_id):
        return client_id
    return blake2b(client_id.encode(), digest_size=16).hexdigest()


class KnownIds:
    """Our ids by the digits that stand for them on the wire."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def wire(self, client_id: str) -> str:
        """The digits of ``client_id``, remembered."""
        digits = wire_id(client_id)
        if digits != client_id:
            self._ours[digits] = client_id
        return digits

    def ours(self, digits: str) -> str:
        """The id that ``digits`` stand for; the digits themselves where none is known."""
        return self._ours.get(digits, digits)
