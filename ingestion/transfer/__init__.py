"""Moving an install to other engines: what a backup saves, given to the target at once.

source    the install that is configured here: stopped, drained, built, its rows in an archive
process   the target's own process, under the settings of the other file
target    what that process does: refuse, or fill its engines and compare gold
request   what the source hands to the target
objects   the lake, from store to store
gold      digests of both warehouses' tables
steps     which steps the target has finished, an object of its lake
"""
