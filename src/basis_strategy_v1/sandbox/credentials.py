"""The keys of the local venues. They are fixed and public: they open nothing but a sandbox on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec


class ApiKey(msgspec.Struct, frozen=True):
    """One key of an account. Binance gives spot and futures keys of their own, which open the same account here."""

    name: str
    key: str
    secret: str
    passphrase: str = ""


class SandboxCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """How the one account of a venue is opened: by API keys, or by a wallet or its agent that signs.

    ``further_keys`` open the same account, as further keys of a real one do.
    """

    venue: str
    keys: tuple[ApiKey, ...] = ()
    further_keys: tuple[ApiKey, ...] = ()
    private_key: str = ""
    wallet_address: str = ""
    agent_private_key: str = ""
    agent_address: str = ""

    def find(self, key: str) -> ApiKey | None:
        """The API key of that text, or None."""
        return next((found for found in (*self.keys, *self.further_keys) if found.key == key), None)


def _api_key(name: str, passphrase: str = "") -> ApiKey:
    return ApiKey(name, f"sandbox-{name}", f"sandbox-{name}-secret", passphrase)


HYPERLIQUID_PRIVATE_KEY = "0x" + hashlib.sha256(b"sandbox-hyperliquid").hexdigest()
HYPERLIQUID_WALLET_ADDRESS = "0x2a541b918463d368dDEC927de95DB169a9572E63"
HYPERLIQUID_AGENT_PRIVATE_KEY = "0x" + hashlib.sha256(b"sandbox-hyperliquid-agent").hexdigest()
HYPERLIQUID_AGENT_ADDRESS = "0x75481Ed3Ad7AB8DED0A76Ad1BAAd565A87630e0f"

CREDENTIALS: dict[str, SandboxCredentials] = {
    "binance": SandboxCredentials(
        venue="binance",
        keys=(_api_key("binance-spot"), _api_key("binance-futures")),
        further_keys=(_api_key("binance-spot-2"), _api_key("binance-futures-2")),
    ),
    "bybit": SandboxCredentials(venue="bybit", keys=(_api_key("bybit"),), further_keys=(_api_key("bybit-2"),)),
    "okx": SandboxCredentials(
        venue="okx",
        keys=(_api_key("okx", "sandbox-okx-passphrase"),),
        further_keys=(_api_key("okx-2", "sandbox-okx-passphrase"),),
    ),
    "hyperliquid": SandboxCredentials(
        venue="hyperliquid",
        private_key=HYPERLIQUID_PRIVATE_KEY,
        wallet_address=HYPERLIQUID_WALLET_ADDRESS,
        agent_private_key=HYPERLIQUID_AGENT_PRIVATE_KEY,
        agent_address=HYPERLIQUID_AGENT_ADDRESS,
    ),
}


def environment_variables(venues: Iterable[str]) -> dict[str, str]:
    """What to export so that ``basis live --env dev`` opens the accounts of ``venues``."""
    variables: dict[str, str] = {}
    for venue in venues:
        variables.update(_variables(CREDENTIALS[venue]))
    return {f"BASIS_DEV__CEX__{name}": value for name, value in variables.items()}


def _variables(credentials: SandboxCredentials) -> dict[str, str]:
    if credentials.private_key:
        return {
            "HYPERLIQUID_PRIVATE_KEY": credentials.private_key,
            "HYPERLIQUID_WALLET_ADDRESS": credentials.wallet_address,
        }
    variables = {}
    for key in credentials.keys:
        prefix = key.name.upper().replace("-", "_")
        variables[f"{prefix}_API_KEY"] = key.key
        variables[f"{prefix}_SECRET"] = key.secret
        if key.passphrase:
            variables[f"{prefix}_PASSPHRASE"] = key.passphrase
    return variables
