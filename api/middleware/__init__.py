"""What every request passes, from the outside in: correlation, access log, headers, CORS, flood, size, last net."""
