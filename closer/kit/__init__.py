"""What every slice stands on: settings, clock, ids, errors, database, Redis, crypto, logs, jobs."""
