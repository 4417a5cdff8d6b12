"""The version of HomeIQ."""

VERSION = "0.1.0"
