"""`improvd bench`: what a step of the network costs, and how exactly notes leave and pass through."""
