"""Helpers of the integration tests. README.md says what each file is for and how to write a test with them."""
