"""What the service is compared with: floors, the least that does the whole job correctly, and another library."""
