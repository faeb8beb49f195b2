"""Binance: spot (``/api``, ``/sapi``) and USD-margined perpetuals (``/fapi``) as the venue's REST protocol has them."""
