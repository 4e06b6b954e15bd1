"""Where the packed program starts: the webcam window, or the verb that is given."""

import os
import sys
from multiprocessing import freeze_support

if __name__ == "__main__":
    # Processes that the server starts begin here as well; they are not to read the command line.
    freeze_support()

    # Hints name commands in the form that was typed.
    typed = f'"{sys.argv[0]}"' if " " in sys.argv[0] else sys.argv[0]
    os.environ.setdefault("MIMIKA_COMMAND", typed)

    from mimika.__main__ import main

    main()
