"""Downloads, archives and packages from elsewhere."""
