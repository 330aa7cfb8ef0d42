"""What the shop's finished cuts and projects add up to within a range of days.

Each topic (operators, materials, presets, clients, days) takes one statement, or few, whatever the
number of rows: the database adds up, and groups by what the topic is about.
"""
