data_find() { :; }
