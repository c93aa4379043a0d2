"""The admin API: who may call it, and what there is to see and do, one module per resource."""
