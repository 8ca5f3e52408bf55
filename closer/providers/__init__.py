"""Vendors behind one contract each; the only place that imports a vendor SDK."""
