"""The report: views of one ledger for people.  A terminal summary, CSV tables, and one offline page."""
