"""Figures of a shop for any period of Moscow days: ratings, speed of answers, funnel, tags, people, costs.

`rollups` recomputes whole days from the rows themselves, `months` whole months from those days, `refreshing` finds out
which days changed, `series` reads months and the days at the edges by the SQL of `questions`.
"""
