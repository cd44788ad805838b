"""The command line: `bin/wbrm dev`, `demo`, `create-user`, `rotate-keys`; the top floor, nothing imports it."""
