//! A condition in normal form: what bounds are computed for.

use crate::model::{Dimensions, distinct};

/// A condition on a person at a centre, in normal form, over ids.
///
/// Built by the constructors only, which keep it normal:
/// - `Not` stands before a `Code` or an `Unnamed` only: negations of everything else move inwards;
/// - `And` and `Or` hold two or more distinct terms in order, none of them `Everyone`, `Nobody` or of the same kind as
///   the list, with at most one `Values` of a dimension, and no code next to its own negation;
/// - `AtLeast` holds more than `n` terms in order, equal ones side by side, and `n` is 2 or more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Predicate {
    /// No restriction.
    Everyone,
    /// Holds for no one.
    Nobody,
    /// A partition's value is one of these.
    Values {
        /// The partition's dimension id.
        dimension: usize,
        /// Ascending, at least one, not all.
        values: Vec<u32>,
    },
    /// The person has a code, or one below it.
    Code {
        /// The dimension id.
        dimension: usize,
        /// The code's id.
        code: u32,
    },
    /// The person has a code that the release does not name.
    Unnamed {
        /// The dimension id.
        dimension: usize,
        /// The code, as it was written.
        code: String,
    },
    /// The term does not hold.
    Not(Box<Predicate>),
    /// All terms hold.
    And(Vec<Predicate>),
    /// At least one term holds.
    Or(Vec<Predicate>),
    /// At least `n` of the terms hold; equal terms count each.
    AtLeast {
        /// How many must hold.
        n: usize,
        /// The terms.
        of: Vec<Predicate>,
    },
}

impl Predicate {
    /// A partition's value is one of these.
    pub fn values(dimensions: &Dimensions, dimension: usize, values: impl IntoIterator<Item = u32>) -> Self {
        values_of(dimension, distinct(values.into_iter().collect()), sizes(dimensions)(dimension))
    }

    /// The person has a code, or one below it.
    pub fn code(dimension: usize, code: u32) -> Self {
        Self::Code { dimension, code }
    }

    /// The person has a code that the release does not name.
    pub fn unnamed(dimension: usize, code: impl Into<String>) -> Self {
        Self::Unnamed { dimension, code: code.into() }
    }

    /// Whoever does not meet a condition.
    ///
    /// Negation moves inwards (De Morgan; not `n` or more of `m` is `m - n + 1` or more of the negations), to the
    /// complement of values and to single codes.
    pub fn not(dimensions: &Dimensions, term: Self) -> Self {
        negated(term, &sizes(dimensions))
    }

    /// Whoever meets all conditions; everyone if there is none.
    pub fn and(dimensions: &Dimensions, terms: impl IntoIterator<Item = Self>) -> Self {
        all_of(terms.into_iter().collect(), &sizes(dimensions))
    }

    /// Whoever meets a condition; nobody if there is none.
    pub fn or(dimensions: &Dimensions, terms: impl IntoIterator<Item = Self>) -> Self {
        any_of(terms.into_iter().collect(), &sizes(dimensions))
    }

    /// Whoever meets `n` conditions or more, equal ones counted each.
    pub fn at_least(dimensions: &Dimensions, n: usize, of: impl IntoIterator<Item = Self>) -> Self {
        n_of(n, of.into_iter().collect(), &sizes(dimensions))
    }

    /// The codes that decide it, as dimension and code, distinct and ascending.
    pub fn codes(&self) -> Vec<(usize, u32)> {
        let mut codes = Vec::new();
        self.visit(&mut |leaf| {
            if let Self::Code { dimension, code } = leaf {
                codes.push((*dimension, *code));
            }
        });
        distinct(codes)
    }

    /// The partitions that decide it, as dimension ids, distinct and ascending.
    pub fn partitions(&self) -> Vec<usize> {
        let mut partitions = Vec::new();
        self.visit(&mut |leaf| {
            if let Self::Values { dimension, .. } = leaf {
                partitions.push(*dimension);
            }
        });
        distinct(partitions)
    }

    /// The codes that the release does not name, as dimension and code, distinct and ascending.
    pub fn unnamed_codes(&self) -> Vec<(usize, &str)> {
        let mut codes = Vec::new();
        self.visit(&mut |leaf| {
            if let Self::Unnamed { dimension, code } = leaf {
                codes.push((*dimension, code.as_str()));
            }
        });
        distinct(codes)
    }

    /// How many leaves it has.
    pub(crate) fn leaves(&self) -> usize {
        let mut leaves = 0;
        self.visit(&mut |_| leaves += 1);
        leaves
    }

    fn visit<'a>(&'a self, each: &mut dyn FnMut(&'a Self)) {
        match self {
            Self::Everyone | Self::Nobody | Self::Values { .. } | Self::Code { .. } | Self::Unnamed { .. } => each(self),
            Self::Not(term) => term.visit(each),
            Self::And(terms) | Self::Or(terms) | Self::AtLeast { of: terms, .. } => terms.iter().for_each(|t| t.visit(each)),
        }
    }

    /// Whether a person meets it, given the person's value of a partition and whether the person has a code. Nobody has an
    /// unnamed one.
    pub fn matches(&self, value: &impl Fn(usize) -> u32, has: &impl Fn(usize, u32) -> bool) -> bool {
        match self {
            Self::Everyone => true,
            Self::Nobody | Self::Unnamed { .. } => false,
            Self::Values { dimension, values } => values.binary_search(&value(*dimension)).is_ok(),
            Self::Code { dimension, code } => has(*dimension, *code),
            Self::Not(term) => !term.matches(value, has),
            Self::And(terms) => terms.iter().all(|term| term.matches(value, has)),
            Self::Or(terms) => terms.iter().any(|term| term.matches(value, has)),
            Self::AtLeast { n, of } => of.iter().filter(|term| term.matches(value, has)).nth(n.saturating_sub(1)).is_some(),
        }
    }

    /// What is left to ask, about codes only, of people with these values of the partitions.
    #[must_use]
    pub fn fix_values(&self, value: impl Fn(usize) -> u32) -> Self {
        let fixed = |leaf: &Self| match leaf {
            Self::Values { dimension, values } => certain(values.binary_search(&value(*dimension)).is_ok()),
            other => other.clone(),
        };
        // No `Values` is left for a constructor to compare with the size of its dimension.
        self.with_leaves(&fixed, &|_| usize::MAX)
    }

    /// The condition where unnamed codes do not matter: a term that asks for one holds or not, and so does one that asks for
    /// its absence.
    pub(crate) fn without_unnamed(&self, dimensions: &Dimensions, present: bool, absent: bool) -> Self {
        let replaced = |leaf: &Self| match leaf {
            Self::Unnamed { .. } => certain(present),
            Self::Not(inner) if matches!(**inner, Self::Unnamed { .. }) => certain(absent),
            other => other.clone(),
        };
        self.with_leaves(&replaced, &sizes(dimensions))
    }

    /// Unnamed codes of which everybody has one who meets the condition but would not if nobody had any (`joins`), or everybody
    /// who does not meet it but would.
    pub(crate) fn decided_by(&self, joins: bool) -> Vec<(usize, &str)> {
        let leaf = |term: &Self| match term {
            Self::Not(inner) => !joins && matches!(**inner, Self::Unnamed { .. }),
            other => joins && matches!(other, Self::Unnamed { .. }),
        };
        match self {
            term if leaf(term) => term.unnamed_codes(),
            Self::And(terms) | Self::Or(terms) | Self::AtLeast { of: terms, .. } => {
                // Whoever joins an `and` has what each of its terms asks for; whoever leaves an `or` what each asks to be absent.
                let one_is_enough = if joins { matches!(self, Self::And(_)) } else { matches!(self, Self::Or(_)) };
                match terms.iter().find(|term| one_is_enough && leaf(term)) {
                    Some(term) => term.unnamed_codes(),
                    None => distinct(terms.iter().flat_map(|term| term.decided_by(joins)).collect()),
                }
            }
            _ => Vec::new(),
        }
    }

    /// The condition with other leaves; a negated code is a leaf.
    fn with_leaves(&self, leaf: &dyn Fn(&Self) -> Self, sizes: Sizes<'_>) -> Self {
        let each = |terms: &[Self]| terms.iter().map(|term| term.with_leaves(leaf, sizes)).collect::<Vec<_>>();
        match self {
            Self::And(terms) => all_of(each(terms), sizes),
            Self::Or(terms) => any_of(each(terms), sizes),
            Self::AtLeast { n, of } => n_of(*n, each(of), sizes),
            other => leaf(other),
        }
    }
}

fn certain(holds: bool) -> Predicate {
    if holds { Predicate::Everyone } else { Predicate::Nobody }
}

/// How many values each dimension has.
type Sizes<'a> = &'a dyn Fn(usize) -> usize;

fn sizes(dimensions: &Dimensions) -> impl Fn(usize) -> usize + '_ {
    |dimension| dimensions.get(dimension).dictionary.len()
}

/// `values` is ascending.
fn values_of(dimension: usize, values: Vec<u32>, size: usize) -> Predicate {
    match values.len() {
        0 => Predicate::Nobody,
        len if len == size => Predicate::Everyone,
        _ => Predicate::Values { dimension, values },
    }
}

fn negated(term: Predicate, sizes: Sizes<'_>) -> Predicate {
    let each = |terms: Vec<Predicate>| terms.into_iter().map(|term| negated(term, sizes)).collect::<Vec<_>>();
    match term {
        Predicate::Everyone => Predicate::Nobody,
        Predicate::Nobody => Predicate::Everyone,
        Predicate::Values { dimension, values } => {
            let size = sizes(dimension);
            let others = (0..size as u32).filter(|value| values.binary_search(value).is_err());
            values_of(dimension, others.collect(), size)
        }
        Predicate::Code { .. } | Predicate::Unnamed { .. } => Predicate::Not(Box::new(term)),
        Predicate::Not(term) => *term,
        Predicate::And(terms) => any_of(each(terms), sizes),
        Predicate::Or(terms) => all_of(each(terms), sizes),
        Predicate::AtLeast { n, of } => n_of((of.len() + 1).saturating_sub(n), each(of), sizes),
    }
}

fn all_of(terms: Vec<Predicate>, sizes: Sizes<'_>) -> Predicate {
    joined(terms, Join::And, sizes)
}

fn any_of(terms: Vec<Predicate>, sizes: Sizes<'_>) -> Predicate {
    joined(terms, Join::Or, sizes)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Join {
    And,
    Or,
}

/// Terms joined into one: `void` adds nothing to it, `whole` decides it.
fn joined(terms: Vec<Predicate>, join: Join, sizes: Sizes<'_>) -> Predicate {
    let (void, whole) = match join {
        Join::And => (Predicate::Everyone, Predicate::Nobody),
        Join::Or => (Predicate::Nobody, Predicate::Everyone),
    };
    let mut rest = Vec::new();
    let mut values: Vec<(usize, Vec<u32>)> = Vec::new();
    let flat = terms.into_iter().flat_map(|term| match (term, join) {
        (Predicate::And(inner), Join::And) | (Predicate::Or(inner), Join::Or) => inner,
        (term, _) => vec![term],
    });
    for term in flat {
        match term {
            Predicate::Values { dimension, values: these } => match values.iter_mut().find(|(d, _)| *d == dimension) {
                Some((_, both)) if join == Join::And => both.retain(|value| these.binary_search(value).is_ok()),
                Some((_, either)) => *either = distinct([&either[..], &these[..]].concat()),
                None => values.push((dimension, these)),
            },
            term if term == whole => return whole,
            term => rest.push(term),
        }
    }
    for (dimension, values) in values {
        let term = values_of(dimension, values, sizes(dimension));
        if term == whole {
            return whole;
        }
        rest.push(term);
    }
    rest.retain(|term| *term != void);
    let mut rest = distinct(rest);
    if rest.iter().any(|term| matches!(term, Predicate::Not(inner) if rest.binary_search(inner).is_ok())) {
        return whole;
    }
    match (rest.len(), join) {
        (0, _) => void,
        (1, _) => rest.remove(0),
        (_, Join::And) => Predicate::And(rest),
        (_, Join::Or) => Predicate::Or(rest),
    }
}

fn n_of(n: usize, of: Vec<Predicate>, sizes: Sizes<'_>) -> Predicate {
    let mut certain = 0;
    let mut open = Vec::new();
    for term in of {
        match term {
            Predicate::Everyone => certain += 1,
            Predicate::Nobody => {}
            other => open.push(other),
        }
    }
    match n.saturating_sub(certain) {
        0 => Predicate::Everyone,
        n if n > open.len() => Predicate::Nobody,
        1 => any_of(open, sizes),
        n if n == open.len() => all_of(open, sizes),
        n => {
            open.sort();
            Predicate::AtLeast { n, of: open }
        }
    }
}
