"""A GitLab in memory: its REST API v4, and the webhooks it sends for what people do in it."""
