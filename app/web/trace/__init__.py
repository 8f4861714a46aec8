"""The trace: the life of a cell, a case, a person, a document; and how things stood on a day."""
