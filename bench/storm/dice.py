"""Dice: what an equal seed and an equal name throw again."""

from random import Random


def dice(seed: object, name: str = "") -> Random:
    """Return the dice of this name among those of a seed."""
    return Random(f"{seed} {name}")  # noqa: S311 - nothing secret comes of them
