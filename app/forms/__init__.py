"""A form file becomes a schema: form-js JSON in, frozen fields and marshmallow out. Pure."""
