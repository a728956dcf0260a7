"""Other people in what a person is sent: found in texts, suggested to a reviewer, taken out of what is packed. Pure."""
