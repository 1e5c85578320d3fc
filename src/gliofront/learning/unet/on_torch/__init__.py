"""The parts of the U-Net that import torch: import them only where it is installed."""
