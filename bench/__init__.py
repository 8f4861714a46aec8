"""`make bench`: measures the product on its real parts and says what it saw. Knows the product, changes nothing in it."""
