"""Figures of requests: sums, shares, what is to be expected, and what may be told. Pure; no row is read here."""

from dsar.figures.figure import CHOICE, HALF, MOST, NUMBERS, Figure, summed_by, total

__all__ = ["CHOICE", "HALF", "MOST", "NUMBERS", "Figure", "summed_by", "total"]
