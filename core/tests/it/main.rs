//! Laws of building releases.
#![cfg(feature = "publish")]

mod count;
mod people;
mod protect;
