"""One module a driver, named by its key: a scripted sensor for the contract suite, called ``Fake``."""
