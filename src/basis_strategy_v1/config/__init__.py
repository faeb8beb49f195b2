"""Configuration: packaged defaults, YAML, environment and command line become one frozen set of settings."""
