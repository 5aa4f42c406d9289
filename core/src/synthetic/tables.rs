//! The tables that synthetic people are written to.

use serde::Deserialize;

/// The code tables: what is recorded of people, besides who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum RecordTable {
    #[serde(rename = "diagnosis")]
    Diagnoses,
    #[serde(rename = "specimen")]
    Specimens,
    #[serde(rename = "data")]
    Data,
    #[serde(rename = "consent")]
    Consent,
}

impl RecordTable {
    pub(super) const ALL: [Self; 4] = [Self::Diagnoses, Self::Specimens, Self::Data, Self::Consent];

    /// Its dimension in the steward's file.
    pub(super) fn dimension(self) -> &'static str {
        match self {
            Self::Diagnoses => "diagnosis",
            Self::Specimens => "specimen",
            Self::Data => "data",
            Self::Consent => "consent",
        }
    }

    /// The file of its rows.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::Diagnoses => "diagnoses.parquet",
            Self::Specimens => "specimens.parquet",
            Self::Data => "data.parquet",
            Self::Consent => "consent.parquet",
        }
    }

    /// The column of its codes.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::Diagnoses => "icd10",
            Self::Specimens | Self::Data | Self::Consent => self.dimension(),
        }
    }

    /// The file of its dictionary.
    pub(super) fn dictionary(self) -> &'static str {
        match self {
            Self::Diagnoses => "icd10.csv",
            Self::Specimens => "specimen.csv",
            Self::Data => "data.csv",
            Self::Consent => "consent.csv",
        }
    }
}
