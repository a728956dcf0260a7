"""Other people in a bundle: suggested once its rows are there, decided value by value, hidden when it is packed."""
