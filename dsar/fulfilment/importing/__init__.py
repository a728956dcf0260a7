"""Loads an export into the stores of a platform that holds nothing of the person yet."""
