"""Bybit v5 as a local venue: unified account, spot and USDT perpetuals."""
