"""The slices of the page, one folder each; none knows another."""
