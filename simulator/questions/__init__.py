"""What buyers ask before they buy, and what the seller answers: read question, then book, then api."""
