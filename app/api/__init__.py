"""The surface /api: JSON for the dashboard and for API users.

One module per resource, wire models above routes; `dependencies` says who may come in, `errors` what trouble
looks like, `routes` which resources there are.
"""
