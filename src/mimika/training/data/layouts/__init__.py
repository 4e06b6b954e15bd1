"""One file a layout that labelled faces come in; `recognise` tells which it is."""
