"""The benchmark: Fasttrack through its command line, and its peers used directly, on the same rows, minutes and cores."""
