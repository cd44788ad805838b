"""Reviews that the seller pins to the top of a card: a paid option of Wildberries, with limits and a will of its own.

queued → pinned | refused(reason); pinned → unpinning → unpinned. Aside: Wildberries unpins by itself (unpinned, with
its cause), or somebody unpins in the cabinet, of which Wildberries tells nothing: the pin is gone from a complete list.
"""
