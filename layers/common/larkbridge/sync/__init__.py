"""Tables that Lark Base and we both have: which, how they are alike, and what keeps them the same."""
