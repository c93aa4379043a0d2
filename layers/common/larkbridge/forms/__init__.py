"""The public forms: what they accept, and how a submission is stored first and sent second."""
