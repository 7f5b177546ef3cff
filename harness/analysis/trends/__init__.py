"""One number over many experiments → change points."""
