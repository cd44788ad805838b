"""Talks with buyers: room (all chats of a seller), stream (the event pages), sending (the one write), api."""
