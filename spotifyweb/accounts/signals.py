"""What other apps may listen to. They know of accounts; accounts does not know them."""

from django.dispatch import Signal

# Forget what you keep of a listener besides rows that hang on them by a foreign key.
# Sent with user_id, listener (None when the row is gone already) and sources (empty: everything).
# A receiver answers {what in words: how many}; it may be asked twice.
forgetting = Signal()

# A listener came in with Spotify; sent with listener, when their tokens are kept.
arrived = Signal()
