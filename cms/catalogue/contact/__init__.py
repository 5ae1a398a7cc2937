"""What readers say to a company, or to us about its page: a question, an error."""
