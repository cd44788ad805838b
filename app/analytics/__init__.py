"""Figures of a shop for any period of Moscow days: ratings, speed of answers, funnel, tags, people, costs.

`rollups` recomputes whole days from the rows themselves, `refreshing` finds out which days changed, `series` reads.
"""
