"""The page of moving in: the steps from an empty university to the first taught week."""
