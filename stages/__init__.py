"""The core: pure functions over values and columns; it opens nothing, logs nothing, asks no clock.

A stage is a module with one verb, one frozen settings class and one `VERSION`.  `ORDER` is the order of the
flow; the calls themselves are written in `pipeline.passes`.
"""

ORDER = (
    "decode",
    "extract",
    "normalise",
    "segment",
    "furniture",
    "fingerprint",
    "collapse",
    "candidates",
    "verify",
    "guard",
    "cluster",
    "decide",
    "render",
)
