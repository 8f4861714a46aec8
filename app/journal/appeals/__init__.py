"""Appeals against results (6): filing, hearing, protocol; and the disputes of results that precede them."""
