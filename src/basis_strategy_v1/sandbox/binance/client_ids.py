"""Client ids that the venue makes up where the client gave none."""

from __future__ import annotations

import hashlib


def generated_client_id(number: int, purpose: str) -> str:
    """22 letters and digits, the same for the same number and purpose."""
    return hashlib.sha256(f"{purpose}-{number}".encode()).hexdigest()[:22]
