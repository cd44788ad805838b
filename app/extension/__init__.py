"""The surface that shipped browser extensions speak: `/api/extension`, an application of its own.

Its words (store, review, article) end here; every answer is one that the oldest build understands.
"""
