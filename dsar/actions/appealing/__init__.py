"""A person says that an answer is wrong or incomplete, and somebody else looks at it again."""
