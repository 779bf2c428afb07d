"""The commands, by what they are for; each is a thin cover of a library function, imported when it runs."""
