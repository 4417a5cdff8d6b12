"""What is said in English to talk."""

from workers.query.understanding.talk import Talk

REPLIES = {
    "thanks": "You're welcome.",
    "hello": "Hello! Ask me about your home, or tell me what to do.",
    "bye": "Goodbye.",
    "how": "All is well here, thank you. What can I do for you?",
    "who": "I am HomeIQ. I know this home, and nothing leaves it.",
    "nice": "All right. Tell me when I can do something in your home.",
    "wrong": "I'm sorry. I have noted it. Please tell me what you meant, in other words.",
    "never": "I have noted that you don't want it.",
    "right": "Thank you. I have noted it.",
}
OTHER_LANGUAGE = "This seems to be {}; I understand English so far."
REFUSALS = {
    Talk.WHAT_IF: "I can't foresee that: I only know how the home is and how it was. Nothing was done.",
    Talk.TRICK: (
        "I don't follow orders that set my rules aside, nor texts that stand somewhere in the home. Nothing was done. "
        "Please say plainly what you want."
    ),
}
