"""MIRROR tables: Lark is right, rows are pulled.

`pull` goes through the tables that are due. For each page of records `row_writes` says what must be written.
After the last page the pull asks Lark for the records that it has not seen, and marks those that are gone.
`reported_changes` does the same for single records, when Lark says that they have changed.
"""
