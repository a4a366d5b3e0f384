"""For tests of Headwater and of its plugins: destinations that misbehave on demand, and more to come."""
