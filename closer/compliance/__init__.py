"""Privacy requests and consent (GDPR, CCPA)."""
