"""What officers owe, or keep, of the cash they counted, and how it is settled."""
