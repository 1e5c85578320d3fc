"""gliofront maps, voxel by voxel, where a glioblastoma will progress. Research use only."""

__version__ = "0.1.0"

RESEARCH_ONLY = "Research use only: not a medical device, not for decisions about a patient."
