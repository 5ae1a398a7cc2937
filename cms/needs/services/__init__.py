"""Acts of the room, by who does them: citizens, editors, buyers; and what is told to those who follow."""
