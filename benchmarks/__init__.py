"""What `make bench` does: fills a database, measures the server against a hand-written floor."""
