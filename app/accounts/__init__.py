"""Who people are: users, their sessions (cookie or bearer), log-in limits; knows nothing of shops."""
