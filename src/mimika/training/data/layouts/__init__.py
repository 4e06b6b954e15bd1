"""One file a layout that labelled faces come in; `recognize` tells which it is."""
