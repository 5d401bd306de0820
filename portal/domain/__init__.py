"""What volunteering means here. Knows no HTTP, no forms and no Redis; adds and flushes, and leaves committing to the
door that called it."""
