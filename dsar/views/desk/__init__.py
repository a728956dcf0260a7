"""The privacy team's pages."""
