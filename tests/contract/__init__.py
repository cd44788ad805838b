"""The extension's contract, a module for each of its sections, over HTTP.

What is asserted elsewhere is not asserted again: tokens, CORS, sizes, limits and the error envelope in tests/extension,
the gate's every sequence in tests/cabinet, costs in bench/extension. Each module here begins with where to look.
"""
