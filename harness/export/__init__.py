"""What leaves Gilscope for other programs: pyperf suites, tables, texts, pictures.

Place in the flow: store and analysis → **export** → ``exporting`` and the page's downloads. One
module for each format; everything is fit to be published unless the user wants the host shown.
"""
