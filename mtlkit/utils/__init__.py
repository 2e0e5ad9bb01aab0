"""The ground floor: files written whole, folders, error texts. Imports nothing of mtlkit."""

import logging

logging.getLogger("mtlkit").addHandler(logging.NullHandler())  # silent until somebody listens
