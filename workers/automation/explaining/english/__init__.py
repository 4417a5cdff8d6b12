"""The words of the explanations in English; another language is a folder beside this one. Pure."""
