"""Tests of the portal: its public face, its staff face, its commands."""
