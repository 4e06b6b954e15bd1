"""`python -m mimika` is `mimika`."""

import sys

try:
    from mimika.apps.cli.main import main
except KeyboardInterrupt:
    sys.exit(130)

main()
