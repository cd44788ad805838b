"""The worker process: the table of all jobs (`handlers`), of all timers (`schedule`), and the loop (`main`)."""
