//! Names to ids: what a query means for the dimensions of a release.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::lex::{fold, same, shown};
use super::{Expr, MAX_TEXT, MAX_WORDS, Name, Predicate, Query};
use crate::dimension::distinct;
use crate::{Code, Dimension, Dimensions, Error, ErrorKind, Kind, Label, ROOT, Result, UNKNOWN};

/// The word in a `by` list that stands for the centres.
const CENTRE: &str = "centre";

/// What a count is broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The centres.
    Centre,
    /// The values or codes of a dimension, by its id.
    Dimension(usize),
}

/// Whom to count and how to break the count down, in ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    predicate: Predicate,
    by: Vec<By>,
    canonical: String,
}

impl Cohort {
    /// Whom to count.
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// What to break the count down by, in the order asked for.
    pub fn by(&self) -> &[By] {
        &self.by
    }

    /// The names of what it is broken down by, as an answer's keys have them.
    pub fn by_names(&self, dimensions: &Dimensions) -> Vec<String> {
        let name = |by: &By| match *by {
            By::Centre => CENTRE.to_owned(),
            By::Dimension(d) => dimensions.get(d).name.clone(),
        };
        self.by.iter().map(name).collect()
    }

    /// The text that all spellings of this cohort share: names instead of labels, terms in normal form and sorted.
    ///
    /// It resolves to this cohort again.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The SHA-256 of the canonical text, in lower-case hexadecimal digits.
    pub fn hash(&self) -> String {
        let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
        Sha256::digest(self.canonical.as_bytes()).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl Query {
    /// Looks up every name: dimensions, values and codes by their names or by their labels in either language.
    pub fn resolve(&self, dimensions: &Dimensions) -> Result<Cohort> {
        let resolver = Resolver { dimensions };
        let predicate = resolver.predicate(&self.filter)?;
        let by = resolver.by(&self.by)?;
        let filter = written(&predicate, dimensions);
        let names = by.iter().map(|by| match by {
            By::Centre => Name::new(CENTRE),
            By::Dimension(d) => Name::new(&*dimensions.get(*d).name),
        });
        let query = Query { filter, by: names.collect() };
        let canonical = query.to_string();
        if canonical.len() > MAX_TEXT || query.words() > MAX_WORDS {
            return Err(invalid("the query stands for too many values", None)
                .with_hint(format!("with every value written out, it is limited to {MAX_WORDS} names and {MAX_TEXT} bytes")));
        }
        Ok(Cohort { predicate, by, canonical })
    }
}

struct Resolver<'a> {
    dimensions: &'a Dimensions,
}

impl Resolver<'_> {
    fn predicate(&self, expr: &Expr) -> Result<Predicate> {
        let each = |terms: &[Expr]| terms.iter().map(|term| self.predicate(term)).collect::<Result<Vec<_>>>();
        Ok(match expr {
            Expr::Everyone => Predicate::Everyone,
            Expr::Is { dimension, value } => self.one_of(dimension, std::slice::from_ref(value))?,
            Expr::In { dimension, values } => self.one_of(dimension, values)?,
            Expr::Range { dimension, from, to } => self.range(dimension, from.as_ref(), to.as_ref())?,
            Expr::Has(dimension) => {
                let d = self.dimension(dimension)?;
                Predicate::code(d, self.root(d, dimension)?)
            }
            Expr::Not(term) => Predicate::not(self.dimensions, self.predicate(term)?),
            Expr::And(terms) => Predicate::and(self.dimensions, each(terms)?),
            Expr::Or(terms) => Predicate::or(self.dimensions, each(terms)?),
            Expr::AtLeast { n, of } => Predicate::at_least(self.dimensions, *n, each(of)?),
        })
    }

    fn one_of(&self, dimension: &Name, values: &[Name]) -> Result<Predicate> {
        let d = self.dimension(dimension)?;
        let ids = values.iter().map(|value| self.value(d, value)).collect::<Result<Vec<_>>>()?;
        Ok(match self.dimensions.get(d).kind {
            Kind::Partition => Predicate::values(self.dimensions, d, ids),
            Kind::Codes => Predicate::or(self.dimensions, ids.into_iter().map(|code| Predicate::code(d, code))),
        })
    }

    /// The values between two ends in the order of a partition; `unknown` has no place in it.
    fn range(&self, name: &Name, from: Option<&Name>, to: Option<&Name>) -> Result<Predicate> {
        let d = self.dimension(name)?;
        let dimension = self.dimensions.get(d);
        let span = from.or(to).and_then(|end| end.span.clone());
        let span = span.map(|start| start.start..to.and_then(|end| end.span.clone()).map_or(start.end, |end| end.end));
        if dimension.kind != Kind::Partition || !dimension.ordered {
            return Err(invalid(format!("{} has no order, so it has no ranges", dimension.name), span)
                .with_hint(format!("list what you mean: `{name} in (a, b)`")));
        }
        let unknown = dimension.dictionary.id(UNKNOWN);
        let end = |end: &Name| {
            let id = self.value(d, end)?;
            if Some(id) == unknown {
                return Err(invalid(format!("`{UNKNOWN}` has no place in the order of {}", dimension.name), end.span.clone())
                    .with_hint(format!("ask for it beside the range: `or {name} = {UNKNOWN}`")));
            }
            Ok(id)
        };
        let first = from.map(end).transpose()?.unwrap_or(0);
        let last = to.map(end).transpose()?.unwrap_or(u32::MAX);
        if first > last {
            let hint = to.zip(from).map_or_else(String::new, |(to, from)| format!("write `{name} in {to}..{from}`"));
            return Err(invalid("the range is empty: its first value comes after its last", span).with_hint(hint));
        }
        let last = last.min((dimension.dictionary.len() as u32).saturating_sub(1));
        Ok(Predicate::values(self.dimensions, d, (first..=last).filter(|&id| Some(id) != unknown)))
    }

    fn by(&self, names: &[Name]) -> Result<Vec<By>> {
        let mut by = Vec::with_capacity(names.len());
        for name in names {
            let next = if same(&name.text, CENTRE) { By::Centre } else { By::Dimension(self.by_dimension(name)?) };
            if by.contains(&next) {
                return Err(
                    invalid(format!("`by` names {} twice", shown(&name.text)), name.span.clone()).with_hint("leave one out")
                );
            }
            by.push(next);
        }
        Ok(by)
    }

    fn by_dimension(&self, name: &Name) -> Result<usize> {
        let d = self.find_dimension(name, &[(CENTRE, &Label::same(CENTRE))])?;
        if same(&self.dimensions.get(d).name, CENTRE) {
            return Err(invalid("after `by`, the dimension `centre` cannot be told from the centres", name.span.clone()));
        }
        Ok(d)
    }

    fn dimension(&self, name: &Name) -> Result<usize> {
        if same(&name.text, CENTRE) && !self.dimensions.all().iter().any(|d| matches(name, &d.name, &d.label)) {
            return Err(unknown("the centre is no dimension", name)
                .with_hint("every centre is always asked; `by centre` at the end shows each of them"));
        }
        self.find_dimension(name, &[])
    }

    fn find_dimension(&self, name: &Name, also: &[(&str, &Label)]) -> Result<usize> {
        if let Some(d) = self.dimensions.id(&name.text) {
            return Ok(d);
        }
        let all = self.dimensions.all();
        let found: Vec<usize> = (0..all.len()).filter(|&d| matches(name, &all[d].name, &all[d].label)).collect();
        if let [d] = found[..] {
            return Ok(d);
        }
        if found.is_empty() {
            let known: Vec<(&str, &Label)> = all.iter().map(|d| (&*d.name, &d.label)).chain(also.iter().copied()).collect();
            return Err(unknown(format!("there is no dimension {}", shown(&name.text)), name)
                .with_hint(did_you_mean(name, &known).unwrap_or_else(|| listed("the dimensions are", &known))));
        }
        let names: Vec<&str> = found.iter().map(|&d| &*all[d].name).collect();
        Err(ambiguous(name, &names))
    }

    /// A value or code of a dimension.
    fn value(&self, d: usize, name: &Name) -> Result<u32> {
        let dictionary = &self.dimensions.get(d).dictionary;
        if let Some(id) = dictionary.id(&name.text) {
            return Ok(id);
        }
        if name.text == ROOT {
            return self.root(d, name);
        }
        let codes = dictionary.codes();
        let found: Vec<u32> =
            (0..codes.len()).filter(|&id| matches(name, &codes[id].name, &codes[id].label)).map(|id| id as u32).collect();
        // An onset may carry the label of its code.
        let plain: Vec<u32> = found.iter().copied().filter(|&id| dictionary.onset(id).is_none()).collect();
        let found = if plain.is_empty() { found } else { plain };
        match found[..] {
            [id] => Ok(id),
            [] => self.onset(d, name).ok_or_else(|| self.unknown_value(d, name)),
            _ => Err(ambiguous(name, &found.iter().map(|&id| &*dictionary.code(id).name).collect::<Vec<_>>())),
        }
    }

    /// `CODE@stage` with either part written as a label.
    fn onset(&self, d: usize, name: &Name) -> Option<u32> {
        let (code, stage) = name.text.rsplit_once('@')?;
        let stages = self.dimensions.life_stage()?;
        let code = if code.contains('@') { None } else { self.value(d, &Name::new(code)).ok() }?;
        let stage = self.value(stages, &Name::new(stage)).ok()?;
        let [code, stage] = [self.dimensions.get(d).dictionary.code(code), self.dimensions.get(stages).dictionary.code(stage)];
        self.dimensions.get(d).dictionary.id(&format!("{}@{}", code.name, stage.name))
    }

    /// The root of a dimension's hierarchy, "any code".
    fn root(&self, d: usize, name: &Name) -> Result<u32> {
        let dimension = self.dimensions.get(d);
        if dimension.kind == Kind::Partition {
            let hint = match dimension.dictionary.id(UNKNOWN) {
                Some(_) => format!("leave out those whose value is missing with `not {} = {UNKNOWN}`", dimension.name),
                None => "leave the term out".to_owned(),
            };
            return Err(invalid(format!("everyone has a value of {}", dimension.name), name.span.clone()).with_hint(hint));
        }
        dimension.dictionary.root().ok_or_else(|| {
            unknown(format!("{} has no root `{ROOT}`, so \"any code\" was not counted", dimension.name), name)
                .with_hint("name the codes that you mean")
        })
    }

    fn unknown_value(&self, d: usize, name: &Name) -> Error {
        let dimension = self.dimensions.get(d);
        let what = if dimension.kind == Kind::Partition { "value" } else { "code" };
        let known = entries(dimension);
        let elsewhere = || {
            let holds = |d: &&Dimension| d.dictionary.codes().iter().any(|code| matches(name, &code.name, &code.label));
            self.dimensions.all().iter().find(holds).map(|other| format!("it is in {}", shown(&other.name)))
        };
        let hint = self
            .stages_known(d, name)
            .or_else(|| did_you_mean(name, &known))
            .or_else(elsewhere)
            .unwrap_or_else(|| listed(&format!("the {what}s are"), &known));
        unknown(format!("{} is no {what} of {}", shown(&name.text), dimension.name), name).with_hint(hint)
    }

    /// For `CODE@stage` with a known code: which of its stages there are.
    fn stages_known(&self, d: usize, name: &Name) -> Option<String> {
        let (code, _) = name.text.rsplit_once('@')?;
        let dictionary = &self.dimensions.get(d).dictionary;
        let id = dictionary.id(code)?;
        let is_of = |other: &u32| dictionary.onset(*other).is_some_and(|onset| onset.code == id);
        let onsets: Vec<(&str, &Label)> =
            (0..dictionary.len() as u32).filter(is_of).map(|id| dictionary.code(id)).map(|c| (&*c.name, &c.label)).collect();
        Some(match onsets[..] {
            [] => format!("the first {} was not counted by life stage", shown(code)),
            _ => listed("the life stages of its first record are", &onsets),
        })
    }
}

/// Whether a word is a name or a label, but for case and full-width forms.
fn matches(word: &Name, name: &str, label: &Label) -> bool {
    !word.text.is_empty() && [name, &label.en, &label.ja].iter().any(|text| same(text, &word.text))
}

fn entries(dimension: &Dimension) -> Vec<(&str, &Label)> {
    dimension.dictionary.codes().iter().map(|Code { name, label, .. }| (&**name, label)).collect()
}

/// Longest word for which near names are looked for, in characters.
const MAX_GUESS: usize = 64;

/// A hint with the names nearest to a word, if any is near.
fn did_you_mean(word: &Name, known: &[(&str, &Label)]) -> Option<String> {
    let word = fold(&word.text);
    let len = word.chars().count();
    if len == 0 || len > MAX_GUESS {
        return None;
    }
    let score = |text: &str| {
        let text = fold(text);
        let other = text.chars().count();
        let is_part = text.contains(&word) && (len > 2 || !word.is_ascii());
        // The distance is at least the difference in length: skip what cannot be near.
        let is_like = len.min(other) * 5 >= len.max(other) * 3;
        let likeness = if is_like { strsim::normalized_damerau_levenshtein(&word, &text) } else { 0.0 };
        likeness.max(if is_part { 0.7 } else { 0.0 })
    };
    let mut near: Vec<(f64, &str, Option<&str>)> = Vec::new();
    for &(name, label) in known {
        let by_name = (score(name), name, None);
        let by_label = [&label.en, &label.ja].map(|text| (score(text), name, Some(&**text)));
        let best = by_label.into_iter().fold(by_name, |best, next| if next.0 > best.0 { next } else { best });
        near.extend((best.0 >= 0.6).then_some(best));
    }
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let best = near.first()?.0;
    let names: Vec<String> = near
        .iter()
        .take_while(|(score, ..)| *score > best - 0.15)
        .take(3)
        .map(|(_, name, label)| match label {
            Some(label) if !same(label, name) => format!("{} ({label})", shown(name)),
            _ => shown(name),
        })
        .collect();
    Some(format!("did you mean {}?", alternatives(&names)))
}

/// The first few names.
fn listed(what_are: &str, known: &[(&str, &Label)]) -> String {
    const FEW: usize = 6;
    if known.is_empty() {
        return "there is none".to_owned();
    }
    let names: Vec<String> = known.iter().take(FEW).map(|(name, _)| shown(name)).collect();
    match known.len().saturating_sub(FEW) {
        0 => format!("{what_are} {}", names.join(", ")),
        more => format!("{what_are} {} and {more} more", names.join(", ")),
    }
}

/// `a`, `b` or `c`.
fn alternatives(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn ambiguous(word: &Name, names: &[&str]) -> Error {
    let names: Vec<String> = names.iter().take(6).map(|name| shown(name)).collect();
    unknown(format!("{} may be {}", shown(&word.text), alternatives(&names)), word)
        .with_hint("write the name instead of the label")
}

fn unknown(message: impl Into<String>, word: &Name) -> Error {
    located(Error::new(ErrorKind::UnknownName, message), word.span.clone())
}

fn invalid(message: impl Into<String>, span: Option<Range<usize>>) -> Error {
    located(Error::new(ErrorKind::InvalidQuery, message), span)
}

fn located(error: Error, span: Option<Range<usize>>) -> Error {
    match span {
        Some(span) => error.at(span),
        None => error,
    }
}

/// A predicate with names instead of ids, its terms sorted by their text, so that ids leave no trace.
fn written(predicate: &Predicate, dimensions: &Dimensions) -> Expr {
    let name = |d: usize| Name::new(&*dimensions.get(d).name);
    let value = |d: usize, id: u32| Name::new(&*dimensions.get(d).dictionary.code(id).name);
    let sorted = |mut terms: Vec<Expr>| {
        terms.sort_by_cached_key(ToString::to_string);
        terms
    };
    let each = |terms: &[Predicate]| sorted(terms.iter().map(|term| written(term, dimensions)).collect());
    match predicate {
        Predicate::Everyone => Expr::Everyone,
        Predicate::Nobody => Expr::Not(Box::new(Expr::Everyone)),
        Predicate::Values { dimension, values } => {
            if let Some((first, last)) = run(dimensions.get(*dimension), values) {
                let [from, to] = [first, last].map(|id| Some(value(*dimension, id)));
                return Expr::Range { dimension: name(*dimension), from, to };
            }
            any_of(name(*dimension), values.iter().map(|&id| value(*dimension, id)).collect())
        }
        Predicate::Code { dimension, code } => any_of(name(*dimension), vec![value(*dimension, *code)]),
        Predicate::Not(term) => Expr::Not(Box::new(written(term, dimensions))),
        Predicate::And(terms) => Expr::And(each(terms)),
        Predicate::Or(terms) => {
            // The codes of one dimension make one term.
            let mut codes: Vec<(usize, Vec<Name>)> = Vec::new();
            let mut rest = Vec::new();
            for term in terms {
                match term {
                    Predicate::Code { dimension, code } => {
                        let name = value(*dimension, *code);
                        match codes.iter_mut().find(|(d, _)| d == dimension) {
                            Some((_, names)) => names.push(name),
                            None => codes.push((*dimension, vec![name])),
                        }
                    }
                    other => rest.push(written(other, dimensions)),
                }
            }
            rest.extend(codes.into_iter().map(|(d, codes)| any_of(name(d), codes)));
            if rest.len() == 1 { rest.remove(0) } else { Expr::Or(sorted(rest)) }
        }
        Predicate::AtLeast { n, of } => Expr::AtLeast { n: *n, of: each(of) },
    }
}

/// The ends of two or more values that follow each other in an order without `unknown`.
fn run(dimension: &Dimension, values: &[u32]) -> Option<(u32, u32)> {
    let (&[first, .., last], true) = (values, dimension.ordered) else { return None };
    let unknown = dimension.dictionary.id(UNKNOWN);
    let is_run = (first..=last).filter(|&id| Some(id) != unknown).eq(values.iter().copied());
    is_run.then_some((first, last))
}

/// `dimension = value`, or one of several, sorted by name.
fn any_of(dimension: Name, values: Vec<Name>) -> Expr {
    let mut names = distinct(values.into_iter().map(|value| value.text).collect()).into_iter().map(Name::new);
    match (names.next(), names.next()) {
        (Some(value), None) if value.text == ROOT => Expr::Has(dimension),
        (Some(value), None) => Expr::Is { dimension, value },
        (first, second) => Expr::In { dimension, values: first.into_iter().chain(second).chain(names).collect() },
    }
}
