"""The writer that asks a language model; built once per process from plain values, closed with its client."""
