"""Readers of published cases, each giving the tables of a scenario."""
