"""Options and gilscope.toml → config → plan; calibration sets its loops."""
