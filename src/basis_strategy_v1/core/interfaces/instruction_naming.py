"""An id for an instruction that reaches an interface without one (a person calls the interface directly)."""

from __future__ import annotations

from hashlib import blake2b


def direct_instruction_id(venue: str, timestamp: int, sequence: int) -> str:
    """32 hexadecimal digits out of venue, time (ns UTC) and how many instructions the interface had before."""
    return blake2b(f"{venue} {timestamp} {sequence}".encode(), digest_size=16).hexdigest()
