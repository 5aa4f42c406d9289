//! Protection parameters: validated once, so that a policy that exists is a safe one.

use serde::{Deserialize, Serialize};

use crate::message::message;
use crate::{Error, ErrorKind, Interval, Result};

/// How often a cell is widened although nothing forces it: deniability for the cells that repair widened.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Decoy {
    /// Probability that a published cell is widened by one more bucket, each side.
    pub published: f64,
    /// Probability that an unlisted cell with published parents is listed with one more bucket.
    pub unlisted: f64,
}

/// The protection parameters of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(try_from = "RawPolicy")]
pub struct Policy {
    threshold: u32,
    base: u32,
    decoy: Decoy,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    preset: Option<Preset>,
}

/// Thresholds that publishers use: `threshold`/`base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Preset {
    /// Japan's NDB Open Data: 10/10.
    Ndb,
    /// The US Centers for Medicare & Medicaid Services: 11/11.
    Cms,
    /// The All of Us Research Program: 21/21.
    AllOfUs,
    /// England's National Health Service: 8/8.
    Nhs,
    /// Common in OHDSI network studies: 5/5.
    Ohdsi,
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 5] = [Self::Ndb, Self::Cms, Self::AllOfUs, Self::Nhs, Self::Ohdsi];

    /// The least count that is published; buckets are as wide.
    pub fn threshold(self) -> u32 {
        match self {
            Self::Ndb => 10,
            Self::Cms => 11,
            Self::AllOfUs => 21,
            Self::Nhs => 8,
            Self::Ohdsi => 5,
        }
    }
}

impl Decoy {
    /// The rates that a policy has when it does not say: 0.1 and 0.25.
    pub const DEFAULT: Self = Self { published: 0.1, unlisted: 0.25 };
}

impl Policy {
    /// A policy, if it is safe: `threshold >= 2`, `1 <= base`, decoy rates in `(0, 0.5]`.
    pub fn new(threshold: u32, base: u32, decoy: Decoy) -> Result<Self> {
        let refuse = |what, hint| Err(Error::new(ErrorKind::InvalidPolicy, what).with_hint(hint));
        if threshold < 2 {
            return refuse(message!("policy.hides_nothing", threshold = threshold), message!("hint.threshold"));
        }
        if base == 0 {
            return refuse(message!("policy.no_width"), message!("hint.exact_counts"));
        }
        if threshold.checked_add(base).is_none_or(|sum| sum > 1_000_000) {
            return refuse(message!("policy.too_wide"), message!("hint.usual_thresholds"));
        }
        for (name, rate) in [("published", decoy.published), ("unlisted", decoy.unlisted)] {
            if !(rate > 0.0 && rate <= 0.5) {
                return refuse(message!("policy.decoy", name = name, rate = rate.to_string()), message!("hint.decoys"));
            }
        }
        Ok(Self { threshold, base, decoy, preset: None })
    }

    /// A preset's policy with the usual decoy rates.
    pub fn preset(preset: Preset) -> Self {
        let k = preset.threshold();
        Self { threshold: k, base: k, decoy: Decoy::DEFAULT, preset: Some(preset) }
    }

    /// k: the least count that is published.
    pub fn threshold(&self) -> u32 {
        self.threshold
    }

    /// The width of a bucket.
    pub fn base(&self) -> u32 {
        self.base
    }

    /// The decoy rates.
    pub fn decoy(&self) -> Decoy {
        self.decoy
    }

    /// What a declared cell without a row means: `[0, k-1]`.
    pub fn unlisted(&self) -> Interval {
        Interval::ZERO.hull(Interval::exact(u64::from(self.threshold) - 1))
    }

    /// The published interval of a count, before decoys and repair; `None`: unlisted.
    ///
    /// # Formula
    /// `[m, m + base - 1]` with `m = k + base * floor((count - k) / base)` for `count >= k`.
    pub fn bucket(&self, count: u64) -> Option<Interval> {
        let (k, base) = (u64::from(self.threshold), u64::from(self.base));
        let above = count.checked_sub(k)?;
        let m = k + above / base * base;
        Interval::new(m, m.saturating_add(base - 1))
    }
}

/// A policy as it is written down: in a release's descriptor or a steward's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPolicy {
    threshold: Option<u32>,
    base: Option<u32>,
    decoy: Option<Decoy>,
    preset: Option<Preset>,
}

impl TryFrom<RawPolicy> for Policy {
    type Error = Error;

    fn try_from(raw: RawPolicy) -> Result<Self> {
        let missing = |what| Error::new(ErrorKind::InvalidPolicy, what).with_hint(message!("hint.write_policy"));
        let of_preset = raw.preset.map(Preset::threshold);
        let threshold = raw.threshold.or(of_preset).ok_or_else(|| missing(message!("policy.no_threshold")))?;
        let base = raw.base.or(of_preset).ok_or_else(|| missing(message!("policy.no_base")))?;
        if let Some(k) = of_preset
            && (threshold, base) != (k, k)
        {
            let message = message!("policy.preset", k = k, threshold = threshold, base = base);
            return Err(Error::new(ErrorKind::InvalidPolicy, message).with_hint(message!("hint.preset_or_both")));
        }
        let policy = Self::new(threshold, base, raw.decoy.unwrap_or(Decoy::DEFAULT))?;
        Ok(Self { preset: raw.preset, ..policy })
    }
}
