"""Feedbacks that the seller has pinned to a card: board (what may be pinned), api, control."""
