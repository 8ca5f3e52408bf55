"""What plugs into Rasa: graph components, policies, stores. Nothing else imports Rasa's insides."""
