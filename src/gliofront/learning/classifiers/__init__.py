"""Ways to tell progression from the features of a voxel, all with the same two sides."""
