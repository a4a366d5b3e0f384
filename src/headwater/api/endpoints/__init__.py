"""What can be asked: one file for each area, with its bodies, answers and endpoints. `every` gathers them."""
