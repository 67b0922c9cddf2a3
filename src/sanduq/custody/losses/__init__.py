"""Things that are no longer in the vault though nobody was given them."""
