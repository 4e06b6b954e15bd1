"""Where the packed program starts: the webcam window, or the verb that is given."""

from multiprocessing import freeze_support

if __name__ == "__main__":
    # Processes that the server starts begin here as well; they are not to read the command line.
    freeze_support()

    from mimika.apps.cli.main import main

    main()
