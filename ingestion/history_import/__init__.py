"""A person's own history, as Spotify sends it, into the event log.

finding         which files in a zip, a folder or a pile of files are listening history
json_rows       rows out of JSON text that nobody vouches for
reading         one file, row by row, in constant memory, whatever its encoding
parser_process  the process in which all of that happens, with limits of its own
parser_client   what starts it and reads from it
listening       one row: a play, a skip, or the reason why it is neither
ledger          which events of a listener were imported before
reconciling     rows in = outcomes out, with reasons and samples
running         all of it: check everything first, then append
"""
