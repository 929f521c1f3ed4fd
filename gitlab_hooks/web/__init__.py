"""The operator's page, `/admin`: what waits, what failed, who is who, what became of everything, and a try-out."""
