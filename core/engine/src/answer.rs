//! From a condition to its answer: how it is answered, what that needs, numbers and sentences.

mod asking;
mod closed_form;
mod describe;
mod engine;
mod explain;
mod facets;
mod figures;
mod joint;
mod json;
mod marginal;
mod plan;
mod request;
mod sentence;
mod work;

pub use asking::Asking;
pub use describe::{CentreDescription, Description, DimensionDescription, TableDescription};
pub use engine::{CentreNumbers, Engine, Method, Numbers, Prepared};
pub use explain::{Explanation, FileRange, Rest};
pub use facets::{Facet, FacetValue, FacetsPrepared};
pub use figures::{
    Answer, Basis, Bounds, ByAnswer, CentreAnswer, Combined, Count, MaybeCount, Status, UNIT, UnknownCode, Verdict,
};
pub use json::json;
pub(crate) use plan::AllowedMethods;
pub use request::Request;
pub use sentence::condition;
