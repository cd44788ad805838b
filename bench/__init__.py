"""How fast WBRM is, each time beside the SQL alone in the same run; see README.md. Not part of CI."""
