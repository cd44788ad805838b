"""The seller's cabinets: a shop, its Wildberries tokens, its members and invitations, its reply settings.

A shop is known by Wildberries' seller id, so a cabinet added twice is one shop.
"""
