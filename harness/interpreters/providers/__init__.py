"""The places interpreters come from, one module each, asked in the order of preference.

Each module has one public function ``answer``. Later ones (git revisions, optimised
builds) join this folder in the same form.
"""
