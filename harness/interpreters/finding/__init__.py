"""What was asked for → builds: the providers asked in turn."""
