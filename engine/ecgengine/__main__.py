"""`python -m ecgengine` is the command line."""

from ecgengine.cli.main import main

if __name__ == "__main__":
    main()
