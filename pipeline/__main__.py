"""`python -m pipeline` is `clean-corpus`."""

import sys

if __name__ == "__main__":  # a worker process imports this module again, and must not start a second run
    from pipeline.cli import main

    sys.exit(main())
