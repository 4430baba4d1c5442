//! Commands: arguments in, calls, output. No decision of the domain stands here.
