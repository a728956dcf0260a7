"""The account of somebody who asked for deletion is hidden while it can be taken back, and shown again if it is."""
