"""Sources of interpreters, one module each with a function ``answer``."""
