"""What results look like: pure functions from the library's results to blocks."""
