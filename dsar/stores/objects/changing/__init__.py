"""Erase rows of files: find them, write each touched file anew beside the old one, put it in its place."""
