"""All that came under one buyer's name: feedbacks and chats. Names repeat, so a thread is by name, not by person.

`names` decides what is a name at all, `refreshing` keeps the counts, `listing` and `threads` read.
"""
