"""What is shipped and what it stands on: the wheel, the bounds, the lock, the licences."""
