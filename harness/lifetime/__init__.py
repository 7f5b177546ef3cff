"""Whatever this process starts or leaves on the disk ends with it, however it ends."""
