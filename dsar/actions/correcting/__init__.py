"""Correct what is wrong about a person: their proposal, the decision, the deed, the proof, the dispute."""
