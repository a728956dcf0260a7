"""What was erased, kept outside of the databases that it was erased from: by keyed hashes, to erase it again. Pure."""
