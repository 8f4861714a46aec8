"""Late entry (4.1): requests and permits."""
