"""Fixed-point integer arithmetic of lending protocols; the rounding direction is in the name.

All functions take and return whole numbers that are not negative. ``ray`` numbers are scaled by 1e27, ``wad`` numbers
by 1e18, percentages are in basis points (1e4 = 100 %). Without a suffix a result is rounded half up, as Aave v3.0
does everywhere; ``_floor`` and ``_down`` round towards zero, ``_ceil`` and ``_up`` away from it.

Source: Aave v3 ``WadRayMath`` and ``PercentageMath``.
"""

from __future__ import annotations

WAD = 10**18
RAY = 10**27
WAD_TO_RAY = 10**9
PERCENTAGE_FACTOR = 10_000


def mul_div_down(value: int, numerator: int, denominator: int) -> int:
    """``value * numerator / denominator``, rounded down. ZeroDivisionError when ``denominator`` is 0."""
    return value * numerator // denominator


def mul_div_up(value: int, numerator: int, denominator: int) -> int:
    """``value * numerator / denominator``, rounded up. ZeroDivisionError when ``denominator`` is 0."""
    return -(-value * numerator // denominator)


def mul_div_half_up(value: int, numerator: int, denominator: int) -> int:
    """``value * numerator / denominator``, to the nearest, a half up. ZeroDivisionError when ``denominator`` is 0."""
    return (value * numerator + denominator // 2) // denominator


def ray_mul(left: int, right: int) -> int:
    """Product of two rays (or of an amount and a ray), half up."""
    return (left * right + RAY // 2) // RAY


def ray_mul_floor(left: int, right: int) -> int:
    """Product of two rays, rounded down."""
    return left * right // RAY


def ray_mul_ceil(left: int, right: int) -> int:
    """Product of two rays, rounded up."""
    return -(-left * right // RAY)


def ray_div(left: int, right: int) -> int:
    """Quotient of two rays (or of an amount and a ray), half up."""
    return (left * RAY + right // 2) // right


def ray_div_floor(left: int, right: int) -> int:
    """Quotient of two rays, rounded down."""
    return left * RAY // right


def ray_div_ceil(left: int, right: int) -> int:
    """Quotient of two rays, rounded up."""
    return -(-left * RAY // right)


def wad_mul(left: int, right: int) -> int:
    """Product of two wads, half up."""
    return (left * right + WAD // 2) // WAD


def wad_mul_floor(left: int, right: int) -> int:
    """Product of two wads, rounded down."""
    return left * right // WAD


def wad_mul_ceil(left: int, right: int) -> int:
    """Product of two wads, rounded up."""
    return -(-left * right // WAD)


def wad_div(left: int, right: int) -> int:
    """Quotient of two wads, half up."""
    return (left * WAD + right // 2) // right


def wad_div_floor(left: int, right: int) -> int:
    """Quotient of two wads, rounded down."""
    return left * WAD // right


def wad_div_ceil(left: int, right: int) -> int:
    """Quotient of two wads, rounded up."""
    return -(-left * WAD // right)


def wad_to_ray(value: int) -> int:
    """A wad as a ray, exactly."""
    return value * WAD_TO_RAY


def ray_to_wad(value: int) -> int:
    """A ray as a wad, half up."""
    return (value + WAD_TO_RAY // 2) // WAD_TO_RAY


def percent_mul(value: int, basis_points: int) -> int:
    """``basis_points`` of ``value``, half up."""
    return (value * basis_points + PERCENTAGE_FACTOR // 2) // PERCENTAGE_FACTOR


def percent_mul_floor(value: int, basis_points: int) -> int:
    """``basis_points`` of ``value``, rounded down."""
    return value * basis_points // PERCENTAGE_FACTOR


def percent_mul_ceil(value: int, basis_points: int) -> int:
    """``basis_points`` of ``value``, rounded up."""
    return -(-value * basis_points // PERCENTAGE_FACTOR)


def percent_div(value: int, basis_points: int) -> int:
    """The amount of which ``value`` is ``basis_points``, half up."""
    return (value * PERCENTAGE_FACTOR + basis_points // 2) // basis_points


def percent_div_ceil(value: int, basis_points: int) -> int:
    """The amount of which ``value`` is ``basis_points``, rounded up."""
    return -(-value * PERCENTAGE_FACTOR // basis_points)
