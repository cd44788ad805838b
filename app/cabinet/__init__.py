"""What the pages of a seller's cabinet show of each feedback, and what the extensions shall do there.

`matching` finds the feedbacks that a page means, `gate` decides what an observation changes, `applying` writes it down;
`standings` are the result, one row a feedback, and `queues` hands out the work that follows from them and the rules.
"""
