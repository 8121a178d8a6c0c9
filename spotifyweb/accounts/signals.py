"""What other apps may listen to. They know of accounts; accounts does not know them."""

from django.dispatch import Signal

# An order to erase is about to be carried out; sent with order. It may come twice.
erasure_begun = Signal()

# Forget what you keep of a listener besides rows that hang on them by a foreign key.
# Sent with user_id, listener (None when the row is gone already) and sources (empty: everything).
# A receiver answers {what in words: how many}; it may be asked twice.
forgetting = Signal()

# Forget what you keep of a part of a listener's history, and of nothing else of theirs.
# Sent with listener and erased (a spotifyweb.lake.Suppression).
# Answers as above; may be asked twice.
part_erased = Signal()

# What was computed from the history of user_id is out of date, also where others are shown it.
# Answers as above; may be asked twice.
answers_outdated = Signal()

# Whether something is being fetched or imported for listener right now; a receiver answers a bool.
at_work = Signal()

# A mark was lifted: what it kept out may come again. Sent with listener.
mark_lifted = Signal()

# A listener disconnected Spotify, whatever is to be erased after that. Sent with listener and
# keeps_history.
departed = Signal()

# A listener came in with Spotify; sent with listener, when their tokens are kept.
arrived = Signal()
