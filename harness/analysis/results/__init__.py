"""The results of an analysis: values only, computed elsewhere."""
