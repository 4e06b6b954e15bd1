"""One file a layout that labeled faces come in; `recognize` tells which it is."""
