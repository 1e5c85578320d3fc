"""Perfusion from the passage of a contrast bolus (DSC): leakage-corrected CBV, flow, transit."""
