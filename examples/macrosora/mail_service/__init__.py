"""The marketing-mail service of the demo: a small HTTP API with the manners of a real one.

Start it by `python -m examples.macrosora.mail_service --port P --data FILE`.
"""
