// Filled with the first test.
