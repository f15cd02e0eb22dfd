"""What a buddy did with a module: enrolment, watched seconds, answers, vertaalslag, completion."""
