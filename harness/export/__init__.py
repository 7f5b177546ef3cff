"""What leaves Gilscope for other programs: pyperf suites, tables, texts, pictures."""
