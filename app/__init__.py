"""WBRM, the reputation manager for Wildberries sellers.

Read in this order: `feedbacks` (what buyers write), `drafting` (in whose voice we answer), `replies` (how an answer
is approved, published once and verified), then `questions`, `chats`, `pins` and `products` (the rest of what comes
from Wildberries), `cabinet` (what the seller's pages show, and the extensions do there), `complaints` (what we ask
Wildberries to take down, and why), `buyers` and `analytics` (what it adds up to), `shops` and `accounts` (for whom),
and the edges: `wildberries`, `llm`, `api`, `extension`, `worker`, `cli`. `kit` is the ground and knows nothing of the
product.
"""
