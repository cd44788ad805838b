"""A stand-in for Wildberries and the LLM provider, written from their documents and from nothing of ours.

Reading order: gateway (what happens to a call), feedback_api (the seller's feedback methods), book (which
list a feedback is on, and when it moves), control (what a test may order). The packages questions, chats and
pins each have their own api and control, in the same order of thought.
"""
