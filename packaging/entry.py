"""Where the packed program starts: the webcam window, or the verb that is given."""

from mimika.apps.cli.main import main

if __name__ == "__main__":
    main()
