"""What is held about the person who is signed in, as they read it: kinds of data, a picture, a page for each."""
