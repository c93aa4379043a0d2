"""The types of Lark's events that say a Base has changed (open platform documentation, "Docs events")."""

RECORDS_TYPE = "drive.file.bitable_record_changed_v1"
COLUMNS_TYPE = "drive.file.bitable_field_changed_v1"
