"""The form field of a late entry request."""
