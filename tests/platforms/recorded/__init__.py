"""What real platforms said, once: messages that were recorded, and the stories in which the service hears them again."""
