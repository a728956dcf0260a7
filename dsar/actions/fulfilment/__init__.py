"""Walk a request's plan, step by step, whatever happens to the workers (design.md section 4)."""
