"""Everything that knows Wildberries' URLs, limits, error bodies and field names.

Reading order: api (what can be asked) → transport (how a call goes out) → limits, errors, models;
feedbacks, publisher and probe are what the domain sees.
"""
