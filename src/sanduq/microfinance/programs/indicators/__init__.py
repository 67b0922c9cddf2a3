"""Indicators: what a program measures, as data: how it is counted, and its code in IRIS+."""
