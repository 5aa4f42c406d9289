//! A plain fuzzer inside a test: seeds, changed again and again by the same small steps in the same order, held against a target.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// What an input may take.
const SLOWEST: Duration = Duration::from_secs(1);

/// How long each target is tried: a moment, or what `NINZU_FUZZ_SECONDS` says.
fn seconds() -> f64 {
    std::env::var("NINZU_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2.0)
}

/// Random numbers (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// Numbers that programs stumble over.
const NUMBERS: [&str; 10] =
    ["0", "-1", "1", "4294967295", "4294967296", "18446744073709551615", "9223372036854775807", "1e308", "0.5", "99999999"];

/// Longest input.
const LONGEST: usize = 1 << 18;

/// One small change of an input.
fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let power = random.below(8);
    let length = random.below(1 << power).min(input.len().saturating_sub(at));
    match random.below(10) {
        0 if at < input.len() => input[at] ^= 1 << power,
        1 if at < input.len() => input[at] = random.below(256) as u8,
        2 => drop(input.splice(at..at + length, std::iter::empty())),
        3 => {
            let copy = input[at..at + length].to_vec();
            let times = 1 << random.below(8);
            input.splice(at..at, copy.repeat(times));
        }
        4 => {
            let seed = &seeds[random.below(seeds.len())];
            let from = random.below(seed.len() + 1);
            let to = from + random.below(seed.len() - from + 1);
            input.splice(at..at + length, seed[from..to].iter().copied());
        }
        5 | 6 if !words.is_empty() => {
            let word = words[random.below(words.len())];
            input.splice(at..at + length, word.bytes());
        }
        7 => {
            // A number, if there is one behind the place, becomes another.
            let start = input[at..].iter().position(u8::is_ascii_digit).map(|i| at + i);
            if let Some(start) = start {
                let end = input[start..].iter().position(|b| !b.is_ascii_digit()).map_or(input.len(), |i| start + i);
                input.splice(start..end, NUMBERS[random.below(NUMBERS.len())].bytes());
            }
        }
        _ => drop(input.splice(at..at, [random.below(256) as u8])),
    }
    input.truncate(LONGEST);
}

/// Runs a target on its seeds, and on changed ones until the time is over. How many inputs there were.
///
/// An input that panics, or takes more than a second again and again, is written beside the build and told.
pub(crate) fn fuzz(name: &str, target: fn(&[u8]), seeds: &[Vec<u8>], words: &[&str], folder: &Path) -> usize {
    let mut random = Random(0x6e69_6e7a_7500 + name.len() as u64);
    let end = Instant::now() + Duration::from_secs_f64(seconds());
    let mut inputs = 0;
    // Inputs that lead on: changed ones are kept for a while, so that changes add up.
    let mut pool: Vec<Vec<u8>> = seeds.to_vec();
    while inputs < seeds.len() || Instant::now() < end {
        let input = if inputs < seeds.len() {
            seeds[inputs].clone()
        } else {
            let mut input = pool[random.below(pool.len())].clone();
            for _ in 0..=random.below(4) {
                change(&mut input, seeds, words, &mut random);
            }
            input
        };
        inputs += 1;
        let failed = |what: &str| {
            let path = folder.join(format!("fuzz-{name}"));
            std::fs::write(&path, &input).expect("a file for the input");
            panic!(
                "{name}: {what}; the input is {}, {} bytes: {:?}",
                path.display(),
                input.len(),
                String::from_utf8_lossy(&input[..input.len().min(400)])
            );
        };
        let mut fastest = Duration::MAX;
        for _ in 0..3 {
            let began = Instant::now();
            if catch_unwind(AssertUnwindSafe(|| target(&input))).is_err() {
                failed("a panic");
            }
            fastest = fastest.min(began.elapsed());
            if fastest < SLOWEST {
                break;
            }
        }
        if fastest >= SLOWEST {
            failed(&format!("{fastest:?} for one input"));
        }
        if random.below(8) == 0 {
            let place = if pool.len() < 256 { pool.len() } else { seeds.len() + random.below(pool.len() - seeds.len()) };
            if place == pool.len() { pool.push(input) } else { pool[place] = input }
        }
    }
    inputs
}
