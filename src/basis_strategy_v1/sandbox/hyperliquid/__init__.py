"""A local Hyperliquid: `POST /info` and `POST /exchange` as the venue speaks them."""
