//! Persons at centres, read and resolved: what counting starts from.

use std::collections::BTreeSet;

use ninzu_engine::Result;
use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Listed, StructuralZero};

use crate::{Centre, DeclaredCodes, Published, Table};

/// The stage of a code whose first record has no date (or whose dimension has no dates).
pub const UNDATED: u32 = u32::MAX;

/// The codes of one dimension, person by person (compressed sparse rows).
///
/// The codes of person `p` are `codes[offsets[p]..offsets[p + 1]]`: ascending, distinct and closed, that is with all
/// ancestors, the root and, where the dimension has dates, each code's `CODE@stage`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeRecords {
    /// Where each person's codes begin; one more entry than there are persons.
    pub offsets: Vec<usize>,
    /// Code ids of the dimension's dictionary.
    pub codes: Vec<u32>,
}

impl CodeRecords {
    /// The codes of one person, ascending.
    pub fn of(&self, person: usize) -> &[u32] {
        &self.codes[self.offsets[person]..self.offsets[person + 1]]
    }
}

/// Persons at centres: one entry for each person and centre.
#[derive(Debug, Clone)]
pub struct Population {
    /// All dimensions, with the dictionaries that may be named (`named_by_spec`) or that the rows have.
    pub dimensions: Dimensions,
    /// For each dimension, whether its dictionary comes from the spec; if not, only published codes are named.
    pub named_by_spec: Vec<bool>,
    /// The centres, in the spec's order.
    pub centres: Vec<Centre>,
    /// For each person, the centre's position in `centres`.
    pub centre: Vec<u32>,
    /// For each partition dimension in order, each person's value id.
    pub partitions: Vec<Vec<u32>>,
    /// For each codes dimension in order, the persons' closed codes.
    pub records: Vec<CodeRecords>,
}

/// For each dimension, the new ids of the codes that may be named.
pub(crate) struct Naming(Vec<Vec<Option<u32>>>);

impl Population {
    /// How many persons at centres there are.
    pub fn len(&self) -> usize {
        self.centre.len()
    }

    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.centre.is_empty()
    }

    /// What a release of these tables says: without a dictionary in the spec, only codes with a published row and their
    /// ancestors are named.
    pub fn published(&self, tables: Vec<Table>, zeros: &[StructuralZero]) -> Result<Published> {
        let naming = self.naming(&tables);
        let listed = self.named_by_spec.iter().map(|&by_spec| if by_spec { Listed::Spec } else { Listed::Rows });
        let listed_by = |(dimension, listed): (&Dimension, Listed)| Dimension {
            dictionary: dimension.dictionary.clone().listed_by((dimension.kind == Kind::Codes).then_some(listed)),
            ..dimension.clone()
        };
        let dimensions = naming.named(self.dimensions.all().iter().zip(listed).map(listed_by))?;
        let tables = tables.into_iter().map(|table| naming.table(table)).collect();
        let says = |zero: &&StructuralZero| {
            zero.iter().all(|(name, value)| dimensions.id(name).is_some_and(|d| dimensions.get(d).dictionary.id(value).is_some()))
        };
        let structural_zeros = zeros.iter().filter(says).cloned().collect();
        Ok(Published { dimensions, centres: self.centres.clone(), structural_zeros, tables })
    }

    /// Which codes a release of these tables names.
    pub(crate) fn naming(&self, tables: &[Table]) -> Naming {
        let named = self.dimensions.all().iter().enumerate().map(|(d, dimension)| {
            let dictionary = &dimension.dictionary;
            let mut named: BTreeSet<u32> = (0..dictionary.len() as u32).collect();
            if !self.named_by_spec[d] && dimension.kind == Kind::Codes {
                named = dictionary.root().into_iter().collect();
                for table in tables {
                    for (i, _) in table.codes.iter().enumerate().filter(|&(_, &of)| of == d) {
                        named.extend(table.rows.iter().map(|row| row.codes[i]));
                    }
                }
                let ancestors: Vec<u32> = named.iter().flat_map(|&code| dictionary.ancestors(code)).copied().collect();
                named.extend(ancestors);
            }
            named
        });
        Naming::of(&self.dimensions, &named.collect::<Vec<_>>())
    }
}

impl Naming {
    /// Numbers the codes of each dimension that are kept.
    pub(crate) fn of(dimensions: &Dimensions, kept: &[BTreeSet<u32>]) -> Self {
        let number = |(dimension, kept): (&Dimension, &BTreeSet<u32>)| {
            let mut next = 0..;
            let codes = 0..dimension.dictionary.len() as u32;
            codes.map(|code| kept.contains(&code).then(|| next.next()).flatten()).collect()
        };
        Self(dimensions.all().iter().zip(kept).map(number).collect())
    }

    /// The dimensions with the codes that are kept.
    pub(crate) fn dimensions(&self, dimensions: &Dimensions) -> Result<Dimensions> {
        self.named(dimensions.all().iter().cloned())
    }

    fn named(&self, dimensions: impl Iterator<Item = Dimension>) -> Result<Dimensions> {
        let named = dimensions.zip(&self.0).map(|(dimension, new)| {
            let codes = dimension.dictionary.codes().into_iter().zip(new).filter(|(_, new)| new.is_some());
            let codes: Vec<Code> = codes.map(|(code, _)| code).collect();
            let listed = dimension.dictionary.listed();
            Ok(Dimension { dictionary: Dictionary::new(codes)?.listed_by(listed), ..dimension })
        });
        Dimensions::new(named.collect::<Result<_>>()?)
    }

    /// A table as the release numbers its codes, without those that it does not name.
    pub(crate) fn table(&self, mut table: Table) -> Table {
        if let DeclaredCodes::List(list) = &mut table.declared
            && !table.codes.is_empty()
        {
            *list = list.iter().filter_map(|&codes| self.rename(&table.codes, codes)).collect();
        }
        table.rows.retain_mut(|row| self.rename(&table.codes, row.codes).map(|codes| row.codes = codes).is_some());
        table
    }

    /// A combination of codes as the release numbers them; nothing if it does not name them.
    pub(crate) fn rename(&self, of: &[usize], codes: [u32; 2]) -> Option<[u32; 2]> {
        let mut new = [0; 2];
        for (i, &d) in of.iter().enumerate() {
            new[i] = self.0[d][codes[i] as usize]?;
        }
        Some(new)
    }
}
