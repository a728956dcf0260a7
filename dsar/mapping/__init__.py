"""Tools for those who write a data map: held against its stores, drafted from them. Pure: knows no framework."""
