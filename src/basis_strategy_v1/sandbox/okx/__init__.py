"""OKX v5 as a local venue: unified trading account, funding account, spot and USDT perpetual swaps."""
