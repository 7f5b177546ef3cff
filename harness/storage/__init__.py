"""The experiment folder: manifest, journal, worker results, pyperf files."""
