"""The history import: a listener's own history, as Spotify sends it, into the event log.

archive          zips, folders and files as one list of members
discovery        which of them are listening history
file_reader      one file, row by row, in constant memory, in any encoding
json_rows        rows out of untrusted JSON text
parser_process   the process in which all of that happens, with limits of its own
parser_client    starts it and reads from it
parser, fields   one row: a play, a skip, or the reason why it is neither
ledger           which events of a listener were imported before
deduplication    new events to the log, known ones to the duplicates
coverage         the periods that the files cover without a hole
reconciliation   rows in equal outcomes out, with reasons and samples
importer         a whole import: check everything first, then append
jobs             an import and its row in the database
presentation     an import as its owner sees it
uploads          uploaded files until their import ends
errors           why nothing could be imported, and what to upload instead
"""
