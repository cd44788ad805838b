"""WBRM, the reputation manager for Wildberries sellers.

Read in this order: `feedbacks` (what buyers write), `drafting` (in whose voice we answer), `replies` (how an
answer is approved, published once and verified), `shops` and `accounts` (for whom), then the edges: `wildberries`,
`llm`, `api`, `worker`. `kit` is the ground and knows nothing of the product.
"""
