//! Words of the field, each valid once it exists.

mod declared;
mod dictionary;
mod dimension;
mod interval;
mod label;
mod margin;
mod policy;
pub(crate) mod size;

pub use declared::{Declared, StructuralZero, UNKNOWN};
pub(crate) use dictionary::distinct;
pub use dictionary::{Code, Dictionary, Listed, Onset, ROOT};
pub use dimension::{Dimension, Dimensions, Kind, Role};
pub use interval::Interval;
pub use label::Label;
pub use margin::{Margin, MarginLayout};
pub use policy::{Decoy, Policy, Preset};
