"""Tables over time, applied as `depter_owner`."""
