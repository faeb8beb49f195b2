"""W1: hold half of the equity in spot, short the same quantity, trade back beyond two percentage points."""
