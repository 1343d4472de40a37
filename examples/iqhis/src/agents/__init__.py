"""Small processes without state of their own."""
