"""Local venues that speak the real REST protocols, over the same simulated exchanges as a backtest."""
