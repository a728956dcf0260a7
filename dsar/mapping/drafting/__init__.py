"""A first data map, drafted from live stores for a person to review; every guess says why."""
