//! Laws of building releases.
