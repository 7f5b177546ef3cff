"""The command line, one file per command: options → one function → exit code."""
