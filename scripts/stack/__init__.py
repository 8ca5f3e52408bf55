"""Starts, watches and stops the product's processes on one machine.

`supervisord` keeps them alive; this package writes its configuration, prepares what they need (secrets,
tables, demo data, a model), waits until each answers, and cleans up what a killed supervisor left behind.
"""
