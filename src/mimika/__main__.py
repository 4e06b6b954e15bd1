"""`python -m mimika` is `mimika`."""

from mimika.apps.cli.main import main

main()
