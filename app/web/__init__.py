"""The pages of the product, by area, and what they share."""
