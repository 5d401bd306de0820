"""What runs outside of a request, and when. The database owns the work; Redis only rings the bell, and may be away."""
