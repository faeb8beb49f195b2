"""Charts of the report, as plotly figures in plain dicts."""

from __future__ import annotations

from typing import Any

import msgspec

from basis_strategy_v1.results.thinning import Curve

BUCKET_COLOURS = {
    "funding": "#1d6fb8",
    "basis": "#e08a1e",
    "delta": "#7b4fa3",
    "lending": "#2a9d5c",
    "borrow": "#b8323a",
    "staking": "#0f9aa8",
    "depeg": "#c2418f",
    "fees": "#5b6573",
    "slippage": "#96733b",
    "gas": "#8d99a8",
    "transfer": "#3f4a5a",
    "rewards": "#7d9a1c",
    "liquidation": "#d93a1a",
}
VENUE_COLOURS = {
    "binance": "#d19a00",
    "bybit": "#33415c",
    "okx": "#2a6fdb",
    "hyperliquid": "#12917a",
    "aave": "#8a5cc2",
    "total": "#111827",
}
_OTHER_COLOURS = ("#b8323a", "#7d9a1c", "#c2418f", "#5b6573")
ACCENT = "#1f4e79"
_TEXT = "#3b4656"
_GRID = "#e8ecf1"
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """A figure with its heading. ``key`` names its place on the page."""

    key: str
    title: str
    unit: str
    note: str = ""
    figure: dict[str, Any]


def line_chart(key: str, title: str, unit: str, curves: list[Curve], **options: Any) -> Chart | None:
    """Lines over time, or None without any point.

    Args:
        options: ``colours`` by name of curve, ``note``, ``y_axis`` (plotly's settings of it), ``step`` for values that
            hold until the next one, ``fill`` to shade down to zero, ``levels`` as ``{text: height}``, ``width`` and
            ``opacity`` of the lines.
    """
    shown = [curve for curve in curves if curve.x]
    if not shown:
        return None
    colours = options.get("colours", VENUE_COLOURS)
    traces = [_trace(curve, _colour(curve.name, index, colours), options) for index, curve in enumerate(shown)]
    layout = _layout(len(shown) > 1, options.get("y_axis", {}))
    _add_levels(layout, options.get("levels", {}))
    return Chart(
        key=key, title=title, unit=unit, note=options.get("note", ""), figure={"data": traces, "layout": layout}
    )


def _colour(name: str, index: int, colours: dict[str, str]) -> str:
    return colours.get(name.partition(" ")[0]) or _OTHER_COLOURS[index % len(_OTHER_COLOURS)]


def _trace(curve: Curve, colour: str, options: dict[str, Any]) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "name": curve.name,
        "x": curve.x,
        "y": curve.y,
        "line": {
            "color": colour,
            "width": options.get("width", 1.6),
            "shape": "hv" if options.get("step") else "linear",
        },
        "opacity": options.get("opacity", 1.0),
    }
    if options.get("fill"):
        trace |= {"fill": "tozeroy", "fillcolor": colour + "1f"}
    return trace


def _layout(has_legend: bool, y_axis: dict[str, Any]) -> dict[str, Any]:
    line = {"gridcolor": _GRID, "linecolor": "#c9d1db", "tickcolor": "#c9d1db", "automargin": True}
    return {
        "height": 320 if has_legend else 290,
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "font": {"family": _FONT, "size": 12, "color": _TEXT},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "hovermode": "x unified",
        "showlegend": has_legend,
        "legend": {"orientation": "h", "x": 0, "y": -0.16, "yanchor": "top", "font": {"size": 11}},
        "xaxis": {**line, "type": "date", "hoverformat": "%Y-%m-%d %H:%M UTC", "showgrid": False},
        "yaxis": {
            **line,
            "zerolinecolor": "#aab4c0",
            "nticks": 7,
            "separatethousands": True,
            "exponentformat": "none",
            **y_axis,
        },
    }


def _add_levels(layout: dict[str, Any], levels: dict[str, float]) -> None:
    """Dashed horizontal lines with a text at their right end."""
    is_logarithmic = layout["yaxis"].get("type") == "log"
    layout["shapes"] = [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": height, "y1": height,
         "line": {"color": "#b8323a", "width": 1, "dash": "dash"}}
        for height in levels.values()
    ]  # fmt: skip
    layout["annotations"] = [
        {"xref": "paper", "x": 1, "xanchor": "right", "y": _log10(height) if is_logarithmic else height,
         "yanchor": "bottom", "text": text, "showarrow": False, "font": {"size": 11, "color": "#b8323a"}}
        for text, height in levels.items()
    ]  # fmt: skip


def _log10(value: float) -> float:
    """Annotations on a logarithmic axis stand at the exponent."""
    from math import log10

    return log10(value)
