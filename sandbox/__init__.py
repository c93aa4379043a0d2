"""The outside world on one machine: simulators of the services Larkbridge talks to."""
