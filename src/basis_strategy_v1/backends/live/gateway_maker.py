"""Builds gateways: a ccxt exchange with our transport, token bucket and clock in it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from math import inf
from typing import Any

import ccxt

from basis_strategy_v1.backends.live.clock_offset import ClockOffset
from basis_strategy_v1.backends.live.gateway import Gateway, ReadError
from basis_strategy_v1.backends.live.hosts import allowed_hosts
from basis_strategy_v1.backends.live.options import LiveVenueOptions
from basis_strategy_v1.backends.live.outgoing_check import OutgoingCheck, ReadOutgoing
from basis_strategy_v1.backends.live.rate_limit import TokenBucket
from basis_strategy_v1.backends.live.transport import VenueTransport, mount
from basis_strategy_v1.core.interfaces.error_table import ErrorTable

ONE_WINDOW = 61.0
"""Seconds after which a venue that counts by the minute has forgotten what was used."""

DEMO_HEADER = {"x-simulated-trading": "1"}


class GatewayMaker:
    """Makes the gateways of one venue.

    Args:
        venue: its name.
        errors: what its codes prove.
        options: how it is reached.
        secrets: values that no text may hold.
    """

    def __init__(self, venue: str, errors: ErrorTable, options: LiveVenueOptions, secrets: tuple[str, ...]) -> None:
        self._secrets = secrets
        self._venue = venue
        self._errors = errors
        self._options = options

    def make(
        self,
        scope: str,
        ccxt_name: str,
        configuration: Mapping[str, Any],
        read_error: ReadError,
        read_outgoing: ReadOutgoing,
        *,
        weight_limit: int = 0,
        strictly_increasing_time: bool = False,
    ) -> Gateway:
        """A gateway to one of the venue's APIs.

        Args:
            scope: the API, as the error table names it.
            ccxt_name: ccxt's class.
            configuration: its constructor's argument, credentials included.
            read_error: reads code and message out of an answer.
            read_outgoing: reads the order out of a request.
            weight_limit: the weight a minute that the venue's used-weight header counts towards.
            strictly_increasing_time: whether a timestamp is a nonce.
        """
        options = self._options
        exchange = getattr(ccxt, ccxt_name)({"timeout": int(options.timeout * 1000), **configuration})
        if options.testnet:
            _use_test_host(exchange, ccxt_name)
        bucket = self._bucket(exchange, weight_limit)
        outgoing = OutgoingCheck(read_outgoing)
        transport = VenueTransport(
            allowed_hosts(self._venue, options.environment, options.testnet),
            options.host,
            options.adapter,
            DEMO_HEADER if options.testnet and self._venue == "okx" else {},
            outgoing,
            bucket.observe,
        )
        mount(exchange, transport)
        clock = ClockOffset(options.machine_ns, strictly_increasing=strictly_increasing_time)
        _take_over(exchange, bucket, clock)
        return Gateway(
            self._venue,
            scope,
            exchange,
            transport,
            outgoing,
            clock,
            self._errors,
            read_error,
            exchange.fetch_time,
            self._secrets,
        )

    def _bucket(self, exchange: Any, weight_limit: int) -> TokenBucket:
        options = self._options
        return TokenBucket(
            self._per_second(exchange),
            max(options.timeout, ONE_WINDOW),
            weight_limit,
            options.now_ns,
            options.wait,
            counts_down=self._venue == "bybit",
        )

    def _per_second(self, exchange: Any) -> float:
        """Requests of weight 1 a second: what is configured, but no more than the venue's weights are made for."""
        per_minute = self._options.requests_per_minute
        usual = inf if self._options.is_local else 1000 / float(exchange.rateLimit)
        return min(per_minute / 60, usual) if per_minute else usual


def _take_over(exchange: Any, bucket: TokenBucket, clock: ClockOffset) -> None:
    """Put our limiter and clock in the place of ccxt's, and keep it from what we do ourselves."""
    exchange.throttle = bucket.throttle
    exchange.milliseconds = clock.milliseconds
    # It would write every request with its headers, the key among them.
    exchange.logger = _silent_logger()
    # The last answer is kept by the transport; a second copy of every body would only cost memory.
    exchange.enableLastJsonResponse = False
    exchange.has["fetchCurrencies"] = False


def _silent_logger() -> logging.Logger:
    logger = logging.getLogger(f"{__name__}.silent")
    logger.disabled = True
    return logger


def _use_test_host(exchange: Any, ccxt_name: str) -> None:
    # Binance's futures test host is closed to ccxt; its demo hosts serve both APIs.
    if ccxt_name.startswith("binance"):
        exchange.enable_demo_trading(True)
    else:
        exchange.set_sandbox_mode(True)
