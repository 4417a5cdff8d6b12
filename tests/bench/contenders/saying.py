"""The question that all contenders send, and the answer they get: some 400 bytes each way."""

from contracts.model import Message, Request

TEXT = "x" * 380


class Saying(Request):
    text: str


class Said(Message):
    text: str
