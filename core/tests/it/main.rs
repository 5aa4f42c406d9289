//! What stewards, analysts and developers rely on, tested from outside.

mod ingest;
