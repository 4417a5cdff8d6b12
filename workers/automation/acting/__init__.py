"""Doing what a person orders: what Home Assistant is asked, and what came back."""
