//! What somebody may have meant who wrote a word that is no name: near names and labels first.

use std::cell::Cell;

use crate::message::{Argument, Message, message};
use crate::model::{Dimension, Label};
use crate::text::{bare, cut, fold, same, word as shown};

/// A name that there is, with its label.
pub(super) type Known<'a> = (&'a str, &'a Label);

/// Longest word for which near names are looked for, in characters.
const MAX_GUESS: usize = 64;

/// How many names a hint offers.
const OFFERED: usize = 3;

/// How alike two names must be for one to be meant by the other.
const NEAR: f64 = 0.6;

/// Pairs of characters that are compared before only the beginnings of names are: a dictionary may have a million.
const PATIENCE: usize = 1 << 26;

/// The values of a dimension that a hint may offer: no root and no onsets, which stand behind their codes.
pub(super) fn offered(dimension: &Dimension) -> Vec<Known<'_>> {
    dimension.dictionary.plain().collect()
}

/// A name that may be meant.
struct Guess<'a> {
    likeness: f64,
    name: &'a str,
    /// The label that is alike, if it is the label.
    label: Option<&'a str>,
}

/// How much is left to compare.
pub(super) struct Patience(Cell<usize>);

impl Patience {
    /// Whether so much more may be compared; it is taken off.
    fn is_left(&self, pairs: usize) -> bool {
        let left = self.0.get().checked_sub(pairs);
        self.0.set(left.unwrap_or(self.0.get()));
        left.is_some()
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self(Cell::new(PATIENCE))
    }
}

/// A word, and how names are held against it.
struct Word<'a> {
    folded: String,
    bare: String,
    length: usize,
    patience: &'a Patience,
}

impl<'a> Word<'a> {
    fn new(text: &str, patience: &'a Patience) -> Option<Self> {
        let folded = fold(text);
        let length = folded.chars().count();
        (1..=MAX_GUESS).contains(&length).then(|| Self { bare: bare(text), folded, length, patience })
    }

    /// How alike a text is: 1 for another spelling of the same.
    fn likeness(&self, text: &str) -> f64 {
        let folded = fold(text);
        if !self.bare.is_empty() && bare(text) == self.bare {
            return 1.0;
        }
        let other = folded.chars().count();
        let is_part = folded.contains(&self.folded) && (self.length > 2 || !self.folded.is_ascii());
        // The distance is at least the difference in length: skip what cannot be near.
        let is_like = self.length.min(other) * 5 >= self.length.max(other) * 3;
        let is_compared = is_like && self.patience.is_left(self.length * other);
        let likeness = if is_compared {
            1.0 - strsim::osa_distance(&self.folded, &folded) as f64 / self.length.max(other) as f64
        } else {
            0.0
        };
        likeness.max(if is_part { 0.7 } else { 0.0 })
    }

    /// The likeness of a name or its labels, whichever is most alike.
    fn guess<'n>(&self, (name, label): Known<'n>) -> Guess<'n> {
        let mut best = Guess { likeness: self.likeness(name), name, label: None };
        for text in [&label.en, &label.ja] {
            let likeness = self.likeness(text);
            if likeness > best.likeness && !same(text, name) {
                best = Guess { likeness, name, label: Some(text) };
            }
        }
        best
    }

    /// Names that begin like the word: with as many of its letters and digits as any does.
    fn beginnings<'n>(&self, known: &[Known<'n>]) -> Vec<&'n str> {
        let shared = |name: &str| self.bare.chars().zip(bare(name).chars()).take_while(|(a, b)| a == b).count();
        let all: Vec<(usize, &str)> = known.iter().map(|&(name, _)| (shared(name), name)).collect();
        let most = all.iter().map(|found| found.0).max().filter(|&most| most > 0);
        all.into_iter().filter(|found| Some(found.0) == most).map(|found| found.1).collect()
    }
}

/// A hint with names that may be meant, if there are any.
pub(super) fn did_you_mean(names: Vec<Argument>) -> Option<Message> {
    (!names.is_empty()).then(|| message!("hint.did_you_mean", names = names))
}

/// The names nearest to a word.
pub(super) fn nearest(word: &str, known: &[Known<'_>], patience: &Patience) -> Vec<Argument> {
    let Some(word) = Word::new(word, patience) else { return Vec::new() };
    let mut near: Vec<Guess<'_>> = known.iter().map(|&entry| word.guess(entry)).filter(|g| g.likeness >= NEAR).collect();
    near.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.name.cmp(b.name)));
    let Some(best) = near.first().map(|guess| guess.likeness) else {
        return word.beginnings(known).into_iter().take(OFFERED).map(plain).collect();
    };
    let offer = |guess: &Guess<'_>| Argument::name(&shown(guess.name), guess.label.map(|label| cut(label, MAX_GUESS)));
    near.iter().take_while(|guess| guess.likeness > best - 0.15).take(OFFERED).map(offer).collect()
}

/// Whether a word is rather a slip in a label than a code of its own.
pub(super) fn is_like_a_label(word: &str, known: &[Known<'_>], patience: &Patience) -> bool {
    let Some(word) = Word::new(word, patience) else { return false };
    if !patience.is_left(known.len() * 32) {
        return false;
    }
    let guesses = known.iter().map(|&entry| word.guess(entry));
    let best = guesses.max_by(|a, b| a.likeness.total_cmp(&b.likeness));
    best.is_some_and(|best| best.likeness >= NEAR && best.label.is_some())
}

/// Whether a name, not only its label, begins with these letters and digits.
pub(super) fn begins(name: &str, plain: &str) -> bool {
    bare(name).starts_with(plain)
}

/// The first few names, as the message of a code has them.
pub(super) fn listed<'n>(code: &'static str, names: impl ExactSizeIterator<Item = &'n str>) -> Message {
    const FEW: usize = 6;
    let more = names.len().saturating_sub(FEW);
    let few: Vec<Argument> = names.take(FEW).map(plain).collect();
    if few.is_empty() {
        return message!("hint.none");
    }
    let more = if more == 0 { Argument::from("") } else { message!("list.more", n = more).into() };
    Message::of(code, vec![("names", few.into()), ("more", more)])
}

/// A name without a label.
pub(super) fn plain(name: &str) -> Argument {
    Argument::name(&shown(name), None)
}
