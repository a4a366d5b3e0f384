"""People: who they are, why, and what is done for somebody who asks."""
