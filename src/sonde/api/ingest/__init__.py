"""What agents say and ask: enrolment, their desired state, their results."""
