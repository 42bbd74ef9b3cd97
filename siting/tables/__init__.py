"""Tables of a scenario: one schema, from which reading and checking come."""
