"""The report: an analysis in, one self-contained HTML page and a few terminal lines out.

Place in the flow: analysis results → **report** → ``cli``. Only ``figures`` and its
neighbours import matplotlib, so that the terminal lines cost no start-up time.
"""
