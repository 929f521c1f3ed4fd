"""The GitLab side: from a webhook's bytes to the people it concerns, and the words for each of them."""
