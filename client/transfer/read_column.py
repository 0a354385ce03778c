"""Writes the text of one column of Parquet and Arrow files to standard output, an object a line.

    read_column.py COLUMN FILE...

Needs pyarrow; without it the exit status is 3. What else is wrong is an object on standard error:
{"problem": "no_column", "file": ..., "columns": [...]}, and the exit status 4.
"""
import json
import sys


class Problem(Exception):
    """What is wrong with a file, for whoever words it."""

    def __init__(self, problem, file, **facts):
        super().__init__(problem)
        self.facts = {"problem": problem, "file": file, **facts}


def _check(schema, column, path):
    import pyarrow.types as types
    if column not in schema.names:
        raise Problem("no_column", path, columns=schema.names)
    kind = schema.field(column).type
    if types.is_dictionary(kind):
        kind = kind.value_type
    if not (types.is_string(kind) or types.is_large_string(kind) or str(kind) == "string_view"):
        raise Problem("not_text", path, type=str(kind))


def _columns(path, column):
    """The column of a file, piece by piece."""
    import pyarrow
    import pyarrow.parquet
    if path.lower().endswith(".parquet"):
        with pyarrow.parquet.ParquetFile(path) as file:
            _check(file.schema_arrow, column, path)
            for batch in file.iter_batches(columns=[column]):
                yield batch.column(column)
        return
    with pyarrow.memory_map(path) as source:
        # The file format begins with its name; datasets writes the stream format.
        is_file = source.read(6) == b"ARROW1"
        source.seek(0)
        if is_file:
            reader = pyarrow.ipc.open_file(source)
            batches = map(reader.get_batch, range(reader.num_record_batches))
        else:
            reader = batches = pyarrow.ipc.open_stream(source)
        _check(reader.schema, column, path)
        for batch in batches:
            yield batch.column(column)


def write(paths, column, out):
    """Into a binary file. Problem: a file is not as it should be; ImportError: no pyarrow."""
    import pyarrow
    for path in paths:
        try:
            for texts in _columns(path, column):
                lines = (json.dumps({column: text}, ensure_ascii=False) + "\n"
                         for text in texts.to_pylist())
                out.write("".join(lines).encode())
        except (pyarrow.ArrowException, OSError, UnicodeError) as error:
            raise Problem("unreadable", path, why=str(error)) from error


def main():
    try:
        write(sys.argv[2:], sys.argv[1], sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except ImportError:
        return 3
    except Problem as problem:
        print(json.dumps(problem.facts), file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
