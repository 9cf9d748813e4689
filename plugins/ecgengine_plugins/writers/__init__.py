"""Writers: a recording to the bytes of files."""
