"""Backups: everything but the keys and the warehouse, in a folder or a bucket, and the way back.

    <destination>/erasures.json              what was erased, kept up to date while this runs
    <destination>/<name>/database/…          rows of every table, as of one moment
    <destination>/<name>/imports/…           which rows of an upload were imported before
    <destination>/<name>/log/…               events that have not landed
    <destination>/<name>/lake/…              objects of the lake
    <destination>/backups/<name>.json        written last: a backup without it is not complete

The order makes it consistent while everything goes on: an event is in the log before the database
says so, and in the lake before it leaves the log. So each is read after what it rests on.
"""
