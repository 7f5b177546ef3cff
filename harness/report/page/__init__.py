"""An analysis → the page of one experiment, and its JSON."""
