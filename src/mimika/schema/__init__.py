"""What is known of a face and a frame."""
