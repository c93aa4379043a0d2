"""What pulling and pushing have in common.

`table_run` is one run's work on one table. `table_reader` reads the table page by page, and says which
records are missing; `digests` are the rows that it knows. `schema` turns records into rows and back.
`paced_calls` keeps to Lark's rates. `schedule` says what is due, and when a table that failed may go on.
"""
