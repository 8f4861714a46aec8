"""`make bench`: measures the product on its real parts and says what it saw. Changes nothing in it."""
