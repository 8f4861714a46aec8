"""Form files (form-js JSON) as frozen fields and marshmallow schemas."""
