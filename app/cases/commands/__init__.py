"""Commands of cases. Each runs inside `door.write` and takes the act first; an error rolls all back."""
