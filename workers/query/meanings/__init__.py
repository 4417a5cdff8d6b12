"""What words stand for in Home Assistant: kinds of things, their states, and what can be measured or set."""
