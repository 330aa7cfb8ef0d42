"""What projects and clients are found by, kept apart from them: a change of status touches none.

PostgreSQL has a trigram index on each text (migration 0006); derived data, so not in the log.
"""

from __future__ import annotations

from django.db import models

from projects_app.models.clients import Client
from projects_app.models.projects import Project


class ProjectText(models.Model):
    """A project's code, name, client, parts, files and description, folded."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="search")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text


class ClientText(models.Model):
    """A client's code, name, person, e-mail and phone, folded."""

    client = models.OneToOneField(Client, models.CASCADE, primary_key=True, related_name="search")
    text = models.TextField()

    def __str__(self) -> str:
        return self.text
