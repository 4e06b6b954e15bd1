"""The command `mimika`, and `python -m mimika`.

Nothing is imported before it runs: a process that is started here imports this module too.
"""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from mimika.apps.cli.main import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
