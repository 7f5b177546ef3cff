"""An executable → what it is, by running it."""
