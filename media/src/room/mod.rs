//! The conference server's media plane.
