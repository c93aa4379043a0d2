"""SOURCE tables: we are right, rows are pushed.

`local_writes` stores what the API and the forms write. `push` goes through the Bases, and `table_push`
through the rows of one table that wait. `creations` makes new records, `edits` updates and deletes records,
and `push_run` notes what Lark has. `reconcile` compares every record with its row. `absences` says what
follows when a record is gone.
"""
