"""What Snowflake would refuse in a statement, or take for something else, as far as text tells.

The double is DuckDB behind sqlglot: it carries out much that Snowflake does not know.
"""

import logging
import re
from collections.abc import Iterable, Iterator

import sqlglot
from sqlglot import exp

COMMANDS = (
    "create or replace transient schema",
    "alter schema",
    "alter session",
    "begin",
    "commit",
    "put",
    "show",
    "use",
    "grant",
)
LITERAL = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
CALL = re.compile(r"(?<![\w.])([a-z_]\w*)\(", re.IGNORECASE)
NOT_CALLED = re.compile(r"\b(?:table|view|as|with|join|from|into|recursive|,)\s*$", re.IGNORECASE)
# Snowflake's functions that this project uses, each looked up in its reference.
FUNCTIONS = """abs any_value array_agg array_size avg ceil coalesce concat contains convert_timezone
    count count_if current_timestamp date_part date_trunc dateadd datediff dayofweekiso dense_rank
    exp extract first_value floor greatest grouping hash hour iff least lag last_value lead length
    listagg ln lower max max_by md5 min min_by mod nullif power rank regexp_replace regexp_substr
    replace round row_number split_part sqrt startswith substring sum to_char to_date
    to_timestamp_ltz to_timestamp_ntz translate trim upper year"""
# What else may stand before a parenthesis.
WORDS = """and as by case cast char decimal distinct else exists filter from group having in insert
    into join like limit not number numeric on or order over partition qualify select set then
    try_cast using values varchar when where with within"""
CALLABLE = frozenset(f"{FUNCTIONS} {WORDS}".split())


def faults(sql: str) -> list[str]:
    """Return what is wrong with a statement for Snowflake; empty where nothing is known."""
    logging.getLogger("sqlglot").setLevel(logging.ERROR)  # it warns of what it keeps as text
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="snowflake") if tree is not None]
    except sqlglot.errors.ParseError as error:
        return [f"does not parse: {error}"]
    found: list[str] = []
    for tree in trees:
        if isinstance(tree, exp.Command):
            is_known = sql.strip().lower().startswith(COMMANDS)
            found += [] if is_known else ["is kept as text by the parser"]
            continue
        for rule in (_recursion, _bound_limits, _find_aliases, _times):
            found += rule(tree)
    return [*found, *_functions(sql)]


def all_faults(statements: Iterable[str]) -> dict[str, list[str]]:
    """Return the statements that have faults, with them."""
    return {sql: found for sql in dict.fromkeys(statements) if (found := faults(sql))}


def _recursion(tree: exp.Expr) -> Iterator[str]:
    """Yield CTEs that name themselves and not their columns, which Snowflake requires."""
    for cte in tree.find_all(exp.CTE):
        names_itself = any(
            table.name == cte.alias and not table.db for table in cte.this.find_all(exp.Table)
        )
        if names_itself and not cte.alias_column_names:
            yield f"recursive {cte.alias} has no list of columns"


def _bound_limits(tree: exp.Expr) -> Iterator[str]:
    """Yield parameters of LIMIT and OFFSET, which take constants only."""
    for limit in tree.find_all(exp.Limit, exp.Offset):
        if limit.find(exp.Placeholder, exp.Parameter):
            yield f"{limit.key} is a parameter"


def _find_aliases(tree: exp.Expr) -> Iterator[str]:
    """Yield names in HAVING that are an alias here and may be a column too: no rule says which."""
    for select in tree.find_all(exp.Select):
        aliases = {one.alias for one in select.expressions if isinstance(one, exp.Alias)}
        having = select.args.get("having")
        for column in having.find_all(exp.Column) if having else ():
            if not column.table and column.name in aliases:
                yield f"HAVING on {column.name}, an alias"


def _times(tree: exp.Expr) -> Iterator[str]:
    """Yield casts to TIMESTAMP, which a parameter of the account gives a zone or none."""
    for kind in tree.find_all(exp.DataType):
        if kind.this == exp.DataType.Type.TIMESTAMP:
            yield "TIMESTAMP leaves open whether it has a zone: say TIMESTAMP_NTZ or TIMESTAMP_TZ"


def _functions(sql: str) -> Iterator[str]:
    """Yield functions that are not on the list of Snowflake's."""
    text = LITERAL.sub("''", sql)
    for call in CALL.finditer(text):
        name = call[1].lower()
        if name not in CALLABLE and not NOT_CALLED.search(text[: call.start()]):
            yield f"{name}() is not known to be Snowflake's"
