"""`make soak`: two simulated days of the one-machine set, with a fault every half an hour."""
