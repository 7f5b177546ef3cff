"""From outcomes to estimates: frames and arrays in, values out, no I/O."""
