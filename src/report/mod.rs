//! Views: one file a format, each a pure function of an `Assessment`.
