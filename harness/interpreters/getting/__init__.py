"""What comes from elsewhere: downloads, archives, packages."""
