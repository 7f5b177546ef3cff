"""Made-up experiments of any size, for selfbench and for tests."""
