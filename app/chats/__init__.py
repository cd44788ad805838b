"""What buyers write to the seller alone: chats as Wildberries' list and event stream tell them, and our messages.

A line arrives by an event, once. A message of ours is queued, sent at most once, and recognised when its echo comes
back in the stream; what may or may not have arrived is `unknown` until then, and only a person sends it again.
"""
