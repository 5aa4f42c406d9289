//! Laws of the engine.

mod blocks;
mod bounds;
