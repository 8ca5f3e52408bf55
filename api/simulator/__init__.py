"""The simulator: plays Twilio and SendGrid for an installation without accounts, and serves the page to try the channels."""
