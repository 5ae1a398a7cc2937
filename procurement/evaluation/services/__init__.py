"""Acts of the evaluation, from the declarations of interests to the letters that end the choice."""
