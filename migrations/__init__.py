"""Migrations, numbered and named. What has landed is never edited."""
