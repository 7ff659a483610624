"""The interviewer's mind: an interview so far goes in, a value comes out; it knows neither chat nor database."""
