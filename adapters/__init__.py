"""The dialects: each module here turns one platform's noise into events and offers ways to speak."""
