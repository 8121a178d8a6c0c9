"""The household: members, their statistics, the page and the endpoint."""
