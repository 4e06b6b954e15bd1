"""What tests share: films, cameras, servers, browsers and data sets made for them."""
