"""Charts as plain data: numbers go in, places on the page come out, templates draw. No query, no request, no words."""
