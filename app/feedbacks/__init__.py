"""What buyers write about products: synced from Wildberries page by page, listed fast, never lost.

A feedback arrives (or changes, or vanishes) in a sync; whoever cares is told by the job `FeedbacksArrived`.
"""
