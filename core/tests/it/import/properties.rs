//! What holds of every import, whoever made the table.

use proptest::prelude::*;
use std::fmt::Write as _;

use super::{Case, RELEASE};

/// True counts by area, sex, age and diagnosis, and how somebody published them.
#[derive(Debug, Clone)]
struct Scenario {
    /// For each area, sex and age: everybody, and those with each of two codes.
    people: Vec<[[[u64; 3]; 3]; 2]>,
    /// Which of everybody, by sex, by age, by both are published.
    margins: [bool; 4],
    codes: bool,
    total: &'static str,
    is_said: bool,
    writing: Writing,
    /// A row for all areas.
    all_areas: bool,
    noise: Vec<u8>,
}

/// How counts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    Exact,
    /// Below this they are hidden.
    Hidden(u64),
    /// Rounded to the nearest multiple, or to either side by chance.
    Nearest(u64),
    Random(u64),
    /// With flags and separators.
    Flagged,
}

const SEXES: [&str; 2] = ["F", "M"];
const AGES: [&str; 3] = ["0-14", "15-64", "65+"];
const AREAS: [&str; 3] = ["north", "south", "east"];
const CODES: [&str; 2] = ["E10", "I10"];

fn scenarios() -> impl Strategy<Value = Scenario> {
    let cell = prop_oneof![Just(0_u64), 0..12_u64, 0..300_u64, 0..5_000_u64];
    let one = (cell, 0..=100_u64, 0..=100_u64).prop_map(|(all, a, b)| [all, all * a / 100, all * b / 100]);
    let area = prop::array::uniform2(prop::array::uniform3(one));
    let writing = prop_oneof![
        Just(Writing::Exact),
        (2..12_u64).prop_map(Writing::Hidden),
        prop::sample::select(vec![3, 5, 10]).prop_map(Writing::Nearest),
        prop::sample::select(vec![3, 5]).prop_map(Writing::Random),
        Just(Writing::Flagged),
    ];
    let total = prop::sample::select(vec!["", "Total", "0+", "00+", "T", "全国", "計", "総数", "All", "both sexes", "X9"]);
    let margins =
        prop::array::uniform4(any::<bool>()).prop_map(|m| if m == [false; 4] { [false, false, false, true] } else { m });
    let noise = prop::collection::vec(any::<u8>(), 128);
    (prop::collection::vec(area, 1..=3), margins, any::<bool>(), total, any::<bool>(), writing, any::<bool>(), noise).prop_map(
        |(people, margins, codes, total, is_said, writing, all_areas, noise)| Scenario {
            people,
            margins,
            codes,
            total,
            is_said,
            writing,
            all_areas,
            noise,
        },
    )
}

impl Scenario {
    /// The people of an area (or of all) with a sex and an age (or any), and a code.
    fn truth(&self, area: Option<usize>, sex: Option<usize>, age: Option<usize>, code: usize) -> u64 {
        let mut sum = 0;
        for (a, people) in self.people.iter().enumerate().filter(|(a, _)| area.is_none_or(|area| area == *a)) {
            assert!(a < AREAS.len());
            for s in (0..2).filter(|s| sex.is_none_or(|sex| sex == *s)) {
                sum += (0..3).filter(|x| age.is_none_or(|age| age == *x)).map(|x| people[s][x][code]).sum::<u64>();
            }
        }
        sum
    }

    /// Every cell of the published margins: sex, age.
    fn cells(&self) -> Vec<(Option<usize>, Option<usize>)> {
        let mut cells = Vec::new();
        for (sexes, ages, published) in [(0, 0, 0), (2, 0, 1), (0, 3, 2), (2, 3, 3)] {
            if !self.margins[published] {
                continue;
            }
            let all = |n: usize| if n == 0 { vec![None] } else { (0..n).map(Some).collect() };
            for sex in all(sexes) {
                cells.extend(all(ages).into_iter().map(|age| (sex, age)));
            }
        }
        cells
    }

    fn written(&self, count: u64, at: usize) -> String {
        let chance = u64::from(self.noise[at % self.noise.len()]);
        match self.writing {
            // A few large counts are hidden too, as publishers do so that totals give nothing away.
            Writing::Hidden(_) if chance < 20 => "-".into(),
            Writing::Hidden(k) if count < k => format!("<{k}"),
            Writing::Exact | Writing::Hidden(_) => count.to_string(),
            Writing::Nearest(to) => ((count + to / 2) / to * to).to_string(),
            Writing::Random(to) => (count / to * to + if count % to > chance % to { to } else { 0 }).to_string(),
            Writing::Flagged => {
                let separator = [",", " ", "'", "\u{a0}", ""][at % 5];
                let number = match (count / 1000, count % 1000) {
                    (0, rest) => rest.to_string(),
                    (thousands, rest) => format!("{thousands}{separator}{rest:03}"),
                };
                format!("\"{number}{}\"", ["", " b", "p", " bp"][at % 4])
            }
        }
    }

    /// What a column calls everybody: bands are for ages.
    fn total_of(&self, names: &[&str]) -> &'static str {
        if self.total.starts_with('0') && names != AGES { "Total" } else { self.total }
    }

    fn table(&self) -> String {
        let mut lines = vec!["area,sex,age,code,persons".to_owned()];
        let areas = (0..self.people.len()).map(Some).chain(self.all_areas.then_some(None));
        for area in areas {
            for code in 0..if self.codes { 3 } else { 1 } {
                for (sex, age) in self.cells() {
                    let name =
                        |value: Option<usize>, names: &[&'static str]| value.map_or(self.total_of(names), |value| names[value]);
                    let count = self.written(self.truth(area, sex, age, code), lines.len());
                    let code = if code == 0 { "" } else { CODES[code - 1] };
                    lines.push(format!("{},{},{},{code},{count}", name(area, &AREAS), name(sex, &SEXES), name(age, &AGES)));
                }
            }
        }
        lines.join("\n") + "\n"
    }

    /// A spec that is right, but for totals that it may not know of.
    fn spec(&self, insists: bool) -> String {
        let total = if self.is_said { format!("total = [\"\", \"Total\", {:?}]\n", self.total) } else { String::new() };
        let mut numbers = match self.writing {
            Writing::Exact => "rounded_to = 1\n".to_owned(),
            Writing::Hidden(k) => format!("markers = {{ \"<{k}\" = [0, {}], \"-\" = \"unknown\" }}\nrounded_to = 1\n", k - 1),
            Writing::Nearest(to) => format!("rounded_to = {to}\n"),
            Writing::Random(to) => format!("rounded_to = {to}\nrounding = \"random\"\n"),
            Writing::Flagged => "flags = [\"b\", \"p\"]\nrounded_to = 1\n".to_owned(),
        };
        if insists {
            let areas = &AREAS[..self.people.len()];
            let sexes = if self.margins[1] || self.margins[3] { &SEXES[..] } else { &[] };
            let ages = if self.margins[2] || self.margins[3] { &AGES[..] } else { &[] };
            let values: Vec<&str> = [areas, sexes, ages].concat();
            writeln!(numbers, "not_total = {values:?}").expect("a text grows");
        }
        let mut spec =
            format!("{RELEASE}\n[table]\npath = \"counts.csv\"\ncount = \"persons\"\ncentre = \"area\"\n{total}{numbers}");
        if self.margins[1] || self.margins[3] {
            spec += "[[dimension]]\nname = \"sex\"\nkind = \"partition\"\ncolumn = \"sex\"\n";
        }
        if self.margins[2] || self.margins[3] {
            spec += "[[dimension]]\nname = \"age\"\nkind = \"partition\"\ncolumn = \"age\"\n";
        }
        if self.codes {
            spec += "[[dimension]]\nname = \"diagnosis\"\nkind = \"codes\"\ncolumn = \"code\"\n";
        }
        spec
    }

    /// Whether the spec has any dimension to speak of.
    fn has_dimension(&self) -> bool {
        self.margins != [true, false, false, false] || self.codes
    }

    /// Every question about a cell, whether it was published or not, and its truth in an area.
    fn questions(&self, area: usize) -> Vec<(String, u64)> {
        let mut questions = Vec::new();
        let sexes = if self.margins[1] || self.margins[3] { vec![None, Some(0), Some(1)] } else { vec![None] };
        let ages = if self.margins[2] || self.margins[3] { vec![None, Some(0), Some(2)] } else { vec![None] };
        for code in 0..if self.codes { 3 } else { 1 } {
            for &sex in &sexes {
                for &age in &ages {
                    let mut parts: Vec<String> = sex.map(|sex| format!("sex = {}", SEXES[sex])).into_iter().collect();
                    parts.extend(age.map(|age: usize| format!("age = \"{}\"", AGES[age])));
                    parts.extend((code > 0).then(|| format!("diagnosis = {}", CODES[code - 1])));
                    let query = if parts.is_empty() { "everyone".into() } else { parts.join(" and ") };
                    questions.push((query, self.truth(Some(area), sex, age, code)));
                }
            }
        }
        questions
    }
}

/// Asks everything of what was imported.
fn holds_the_truth(case: &Case, scenario: &Scenario) -> Result<(), TestCaseError> {
    let release = case.open("release");
    for (area, name) in AREAS.iter().enumerate().take(scenario.people.len()) {
        for (query, truth) in scenario.questions(area) {
            for answer in [release.answer(&query), release.programmed(&query)] {
                let (lower, upper) = super::bounds(&answer, name).unwrap_or((0, None));
                let holds = lower <= truth && upper.is_none_or(|upper| truth <= upper);
                prop_assert!(holds, "{} in {}: {truth} is not in {lower} to {upper:?}\n{}", query, name, scenario.table());
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    /// Totals that the spec does not name, hidden, rounded and flagged counts: true, or refused.
    #[test]
    fn an_import_never_excludes_the_truth(scenario in scenarios()) {
        // A total by a name that says nothing can only be found by large counts.
        prop_assume!(scenario.has_dimension() && (scenario.is_said || scenario.total != "X9"));
        let case = Case::counts(&scenario.table());
        if case.import(&scenario.spec(false), "release").is_ok() {
            holds_the_truth(&case, &scenario)?;
        }
    }

    /// Where the spec says all that there is to say, nothing true is refused.
    #[test]
    fn a_true_table_is_never_refused(scenario in scenarios()) {
        prop_assume!(scenario.has_dimension());
        let scenario = Scenario { is_said: true, ..scenario };
        let case = Case::counts(&scenario.table());
        let imported = case.import(&scenario.spec(true), "release");
        prop_assert!(imported.is_ok(), "{:?}\n{}\n{}", imported, scenario.spec(true), scenario.table());
        holds_the_truth(&case, &scenario)?;
    }
}
