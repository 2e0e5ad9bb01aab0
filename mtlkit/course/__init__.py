"""What the notebooks need besides the library: checks, the headless runner, the environment's verdict."""
