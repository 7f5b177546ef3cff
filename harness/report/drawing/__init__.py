"""What every figure is drawn with: canvas, theme, SVG."""
