"""Anonymity: what may be told of people without telling of one: counts above a floor, statistics with noise, pseudonyms."""
