"""Impact: targets against what was reached, told without telling on anyone."""
