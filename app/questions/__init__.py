"""What buyers ask about products: synced, listed, viewed; answered or rejected through a Reply like feedbacks.

A question has no buyer's name. Wildberries checks each answer before it shows it.
"""
