port     = "23"
password = "correct horse battery"
