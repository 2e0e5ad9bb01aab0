"""The ground floor: files written whole, folders, error texts. Imports nothing of mtlkit."""
