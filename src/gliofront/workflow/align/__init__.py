"""`gliofront align`: one scan onto another, from files to files."""
