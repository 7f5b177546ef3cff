"""What an analysis says: values only, computed elsewhere."""
