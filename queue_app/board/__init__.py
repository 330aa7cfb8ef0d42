"""The queue board of the back office: a page, its state as JSON, and what it sends."""
