"""The linear program: one file for each family of constraints."""
