"""In whose voice a shop answers: a feedback is routed, drafted, signed, linted; then a person decides."""
