"""Simulators of Lark, one module per surface."""
