"""The forecast: how accurate, how fast, beside which libraries, and from database to database."""
