"""What the tests stand on: throw-away servers, databases that are cheap to copy, processes that are killed."""
