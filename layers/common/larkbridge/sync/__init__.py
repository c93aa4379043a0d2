"""Tables that are both in Lark Base and here, and what keeps the two sides the same.

- `config`: which tables those are. `tables.toml` describes them, LARK_TABLES says where they are in Lark.
- `mirror`: Lark is right. A pull reads Lark's records, writes those that differ here, and at the end looks up
  those that are missing. An event of Lark has single records read at once.
- `source`: we are right. A push takes the rows that wait, creates, updates and deletes their records, and
  notes what Lark has now. Once a night it compares all records with the rows.
- `shared`: what both need: calls at Lark's pace, a table's columns, reading page by page, what is due.
"""
