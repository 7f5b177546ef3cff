"""Find out what an executable is by running it."""
