"""Complaints to Wildberries about feedbacks that break its rules: grounded by the feedback's own words, or not written.

Considered → draft → approved by a person → filed by the extension (`cabinet` keeps that part of their life) → verdict,
which teaches `odds`, and evidence, which makes the bill.
"""
