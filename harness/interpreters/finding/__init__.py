"""Turn requests into builds by asking the providers in turn."""
