//! Words of the field, each valid once it exists.

mod declared;
mod dimension;
mod interval;
mod label;
mod margin;
mod policy;
pub(crate) mod size;

pub use declared::{Declared, StructuralZero, UNKNOWN};
pub(crate) use dimension::distinct;
pub use dimension::{Code, Dictionary, Dimension, Dimensions, Kind, Listed, Onset, ROOT, Role};
pub use interval::Interval;
pub use label::Label;
pub use margin::{Margin, MarginLayout};
pub use policy::{Decoy, Policy, Preset};
