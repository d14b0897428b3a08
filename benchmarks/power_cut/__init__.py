"""A recorder that is killed, and a disk that is torn: what is left of a recording."""
