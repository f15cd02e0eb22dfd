"""What the LMS keeps beside the LTI package's own tables."""

from django.contrib.auth.models import User
from django.db import models


class Profile(models.Model):
    """The package's roster asks for it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="profile")


class Placement(models.Model):
    """A block in the course: what the author typed in the form."""

    location = models.CharField(max_length=255, unique=True)
    title = models.CharField(max_length=255)
    #: custom parameters of the launch
    custom = models.JSONField(default=dict)


class Grade(models.Model):
    """The gradebook: what the package published."""

    username = models.CharField(max_length=150)
    location = models.CharField(max_length=255)
    score = models.FloatField()
    maximum = models.FloatField()

    class Meta:
        unique_together = (("username", "location"),)
