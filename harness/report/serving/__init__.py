"""Which files the local server may hand out."""
