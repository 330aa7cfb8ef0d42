"""The back office's first page: what needs somebody now, and how the shop is doing.

One module reads each topic, in one statement or two; `page` puts them together, `views` answers.
Each figure leads to the list that it counts: the condition is told once, for both (attention,
trouble, outlook), and the lists' filters are in `queue_app.admin_filters`.
"""
