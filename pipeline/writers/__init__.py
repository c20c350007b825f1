"""Writers: values of the two passes → the rows, notes and clean copies of the output tree.

Every row of the ledger has a fixed list of keys, always present; nothing in it tells of a clock, a host, a user or
an absolute path.
"""
