"""Long checks that a page shows the last result of: workers run them, on demand and once a day."""
