"""Values → text: numbers, verdicts, grades, reasons, file names."""
