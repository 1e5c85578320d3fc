"""Pages of one file each: they ask no host for anything and open from a disk."""
