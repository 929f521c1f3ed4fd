"""Stand-ins for Mattermost and GitLab over real HTTP, with invented people and a page to look at."""
