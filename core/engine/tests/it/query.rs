//! Properties of the query language.

use std::collections::BTreeSet;

use ninzu_engine::Query;
use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, ROOT, Role};
use ninzu_engine::query::{Expr, Name, Predicate};
use proptest::prelude::*;

fn code(name: &str, en: &str, ja: &str) -> Code {
    Code { name: name.to_owned(), parents: Vec::new(), label: Label { en: en.to_owned(), ja: ja.to_owned() } }
}

fn dimension(name: &str, ja: &str, kind: Kind, ordered: bool, codes: &[(&str, &str, &str)]) -> Dimension {
    let codes = codes.iter().map(|(name, en, ja)| code(name, en, ja)).collect();
    Dimension {
        name: name.to_owned(),
        label: Label { en: name.replace('_', " "), ja: ja.to_owned() },
        kind,
        ordered,
        role: (name == "life_stage").then_some(Role::LifeStage),
        closed: false,
        dictionary: Dictionary::new(codes).expect("a dictionary"),
    }
}

pub(crate) const SEX: usize = 0;
pub(crate) const STAGE: usize = 1;
const REGISTER: usize = 2;
pub(crate) const DIAGNOSIS: usize = 3;
pub(crate) const SPECIMEN: usize = 4;

/// Partitions (one of them with a single value, one ordered) and codes, with and without a root.
pub(crate) fn dimensions() -> Dimensions {
    let stages = [
        ("child", "Childhood", "小児期"),
        ("adolescent", "Adolescence", "思春期"),
        ("unknown", "Unknown", "不明"),
        ("adult", "Adulthood", "成人期"),
        ("elderly", "Old age", "老年期"),
    ];
    let diagnoses = [
        (ROOT, "Any diagnosis", "すべての病名"),
        ("G40", "Epilepsy", "てんかん"),
        ("G41", "Status epilepticus", "てんかん重積"),
        ("I10", "Hypertension", "高血圧(本態性)"),
        ("E10", "Diabetes", "1型糖尿病"),
        ("E11", "Diabetes", "2型糖尿病"),
        ("G40@child", "Epilepsy", "てんかん"),
        ("and", "A code like a keyword", "予約語"),
        ("a \"b\\c..", "A code to be quoted", "引用符"),
    ];
    Dimensions::new(vec![
        dimension(
            "sex",
            "性別",
            Kind::Partition,
            false,
            &[("female", "Female", "女性"), ("male", "Male", "男性"), ("unknown", "Unknown", "不明")],
        ),
        dimension("life_stage", "ライフステージ", Kind::Partition, true, &stages),
        dimension("register", "登録", Kind::Partition, false, &[("yes", "Yes", "はい")]),
        dimension("diagnosis", "病名", Kind::Codes, false, &diagnoses),
        dimension(
            "specimen",
            "検体",
            Kind::Codes,
            false,
            &[(ROOT, "Any", "すべて"), ("dna", "DNA", "核酸"), ("serum", "Serum", "血清")],
        ),
        dimension("data", "データ", Kind::Codes, false, &[("wgs", "Whole genome", "全ゲノム")]),
    ])
    .expect("dimensions")
}

// Queries as they may be written, with any names.

fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        "[a-zA-Z0-9_.@*/-]{1,6}",
        "[a-zぁ-ん一-龠ー０-９]{1,4}",
        ".{0,6}",
        prop::sample::select(vec![
            "and",
            "OR",
            "not",
            "in",
            "by",
            "has",
            "everyone",
            "at",
            "least",
            "of",
            "centre",
            "..",
            "a..b",
            "ａｎｄ"
        ])
        .prop_map(str::to_owned),
    ]
    .prop_map(Name::new)
}

fn over(leaf: impl Strategy<Value = Expr> + 'static) -> impl Strategy<Value = Expr> {
    leaf.prop_recursive(5, 24, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.prop_map(|term| Expr::Not(Box::new(term))),
            several.clone().prop_map(Expr::And),
            several.clone().prop_map(Expr::Or),
            (several, 0..4usize).prop_map(|(of, n)| Expr::AtLeast { n: 1 + n % of.len(), of }),
        ]
    })
}

fn any_expr() -> impl Strategy<Value = Expr> {
    over(prop_oneof![
        Just(Expr::Everyone),
        name().prop_map(Expr::Has),
        (name(), name()).prop_map(|(dimension, value)| Expr::Is { dimension, value }),
        (name(), prop::collection::vec(name(), 1..4)).prop_map(|(dimension, values)| Expr::In { dimension, values }),
        (name(), name(), prop::option::of(name())).prop_map(|(dimension, a, b)| Expr::Range { dimension, from: Some(a), to: b }),
        (name(), name()).prop_map(|(dimension, to)| Expr::Range { dimension, from: None, to: Some(to) }),
    ])
}

fn any_query() -> impl Strategy<Value = Query> {
    (any_expr(), prop::collection::vec(name(), 0..3)).prop_map(|(filter, by)| Query { filter, by })
}

// Queries over the dimensions above, and what they mean, worked out here a second time.

/// A condition on one dimension by ids, with a spelling for each name.
fn known_leaf() -> impl Strategy<Value = Expr> {
    let of = |d: usize| {
        let dimensions = dimensions();
        let codes = dimensions.get(d).dictionary.codes();
        // A label that two codes share would be ambiguous.
        let values = prop::sample::select(codes).prop_flat_map(|code| {
            let label =
                if code.label.en == "Diabetes" || code.name == "G40@child" { code.name.clone() } else { code.label.ja.clone() };
            prop::sample::select(vec![code.name, label])
        });
        let dimension = dimensions.get(d).clone();
        let names = prop::sample::select(vec![dimension.name, dimension.label.en.to_uppercase(), dimension.label.ja]);
        (names, prop::collection::vec(values, 1..4)).prop_map(|(dimension, values)| {
            let dimension = Name::new(dimension);
            let mut values: Vec<Name> = values.into_iter().map(Name::new).collect();
            if values.len() == 1 { Expr::Is { dimension, value: values.remove(0) } } else { Expr::In { dimension, values } }
        })
    };
    let range = (0..4usize, 0..4usize, 0..3u8).prop_map(|(a, b, open)| {
        let stages = ["child", "adolescent", "adult", "elderly"].map(Name::new);
        let (from, to) = (Some(stages[a.min(b)].clone()), Some(stages[a.max(b)].clone()));
        let dimension = Name::new("life_stage");
        match open {
            0 => Expr::Range { dimension, from, to },
            1 => Expr::Range { dimension, from, to: None },
            _ => Expr::Range { dimension, from: None, to },
        }
    });
    let has = prop::sample::select(vec!["diagnosis", "検体"]).prop_map(|d| Expr::Has(Name::new(d)));
    prop_oneof![Just(Expr::Everyone), of(SEX), of(STAGE), of(REGISTER), of(DIAGNOSIS), of(SPECIMEN), range, has]
}

/// Values of the partitions and codes of one person; nothing ties the codes together.
#[derive(Debug, Clone)]
struct Person {
    values: [u32; 3],
    codes: BTreeSet<(usize, u32)>,
}

impl Person {
    fn value(&self, d: usize) -> u32 {
        self.values[d]
    }
    fn has(&self, d: usize, code: u32) -> bool {
        self.codes.contains(&(d, code))
    }
    fn meets(&self, predicate: &Predicate) -> bool {
        predicate.matches(&|d| self.value(d), &|d, code| self.has(d, code))
    }
}

fn person() -> impl Strategy<Value = Person> {
    let codes = (3..5usize, 0..9u32);
    ((0..3u32, 0..5u32), prop::collection::btree_set(codes, 0..8))
        .prop_map(|((sex, stage), codes)| Person { values: [sex, stage, 0], codes })
}

fn id_of(name: &Name) -> usize {
    let all = dimensions();
    all.all().iter().position(|d| [&d.name, &d.label.ja, &d.label.en.to_uppercase()].contains(&&name.text)).expect("known")
}

fn value_of(d: usize, name: &Name) -> u32 {
    let all = dimensions();
    let known = |c: &Code| c.name == name.text || (c.name != "G40@child" && c.label.ja == name.text);
    all.get(d).dictionary.codes().iter().position(known).expect("known") as u32
}

/// What an expression says of a person, term by term as written.
fn says(expr: &Expr, person: &Person) -> bool {
    let is = |dimension: &Name, value: &Name| {
        let d = id_of(dimension);
        let id = value_of(d, value);
        if d <= REGISTER { person.value(d) == id } else { person.has(d, id) }
    };
    match expr {
        Expr::Everyone => true,
        Expr::Is { dimension, value } => is(dimension, value),
        Expr::In { dimension, values } => values.iter().any(|value| is(dimension, value)),
        Expr::Range { from, to, .. } => {
            let stage = person.value(STAGE);
            let from = from.as_ref().map_or(0, |name| value_of(STAGE, name));
            let to = to.as_ref().map_or(u32::MAX, |name| value_of(STAGE, name));
            from <= stage && stage <= to && stage != 2
        }
        Expr::Has(dimension) => person.has(id_of(dimension), 0),
        Expr::Not(term) => !says(term, person),
        Expr::And(terms) => terms.iter().all(|term| says(term, person)),
        Expr::Or(terms) => terms.iter().any(|term| says(term, person)),
        Expr::AtLeast { n, of } => of.iter().filter(|term| says(term, person)).count() >= *n,
    }
}

/// Another spelling of the same condition.
fn respelled(expr: &Expr) -> Expr {
    let again = |terms: &[Expr]| -> Vec<Expr> { terms.iter().rev().map(respelled).collect() };
    let not = |term: Expr| Expr::Not(Box::new(term));
    match expr {
        Expr::Is { dimension, value } => {
            let d = id_of(dimension);
            let all = dimensions();
            let id = value_of(d, value);
            let twice = vec![Name::new(all.get(d).dictionary.name(id).to_owned()), value.clone()];
            Expr::In { dimension: Name::new(all.get(d).name.clone()), values: twice }
        }
        Expr::In { dimension, values } => {
            Expr::Or(values.iter().rev().map(|v| Expr::Is { dimension: dimension.clone(), value: v.clone() }).collect())
        }
        Expr::Range { dimension, .. } => {
            let person = |stage| Person { values: [0, stage, 0], codes: BTreeSet::new() };
            let all = dimensions();
            let stages = (0..5u32).filter(|&stage| says(expr, &person(stage)));
            let values = stages.map(|s| Name::new(all.get(STAGE).dictionary.label(s).en.to_uppercase())).collect();
            Expr::In { dimension: dimension.clone(), values }
        }
        Expr::Has(dimension) => Expr::Is { dimension: dimension.clone(), value: Name::new(ROOT) },
        Expr::Everyone => not(not(Expr::Everyone)),
        Expr::Not(term) => not(respelled(term)),
        Expr::And(terms) => not(Expr::Or(again(terms).into_iter().map(not).collect())),
        Expr::Or(terms) => Expr::Or(again(terms).into_iter().chain([terms[0].clone()]).collect()),
        Expr::AtLeast { n, of } => Expr::AtLeast { n: *n, of: again(of) },
    }
}

/// Whether a predicate keeps what its type promises.
fn is_normal(predicate: &Predicate) -> bool {
    let all = dimensions();
    let ascending = |terms: &[Predicate]| terms.len() > 1 && terms.windows(2).all(|pair| pair[0] < pair[1]);
    let inner = |p: &Predicate| !matches!(p, Predicate::Everyone | Predicate::Nobody) && is_normal(p);
    let one_of_each = |terms: &[Predicate]| {
        let of: Vec<usize> = terms
            .iter()
            .filter_map(|p| if let Predicate::Values { dimension, .. } = p { Some(*dimension) } else { None })
            .collect();
        of.iter().collect::<BTreeSet<_>>().len() == of.len()
    };
    match predicate {
        Predicate::Everyone | Predicate::Nobody | Predicate::Code { .. } => true,
        Predicate::Values { dimension, values } => {
            let size = all.get(*dimension).dictionary.len();
            !values.is_empty() && values.len() < size && values.windows(2).all(|pair| pair[0] < pair[1])
        }
        Predicate::Not(term) => matches!(**term, Predicate::Code { .. }),
        Predicate::And(terms) => {
            ascending(terms) && one_of_each(terms) && terms.iter().all(|p| inner(p) && !matches!(p, Predicate::And(_)))
        }
        Predicate::Or(terms) => {
            ascending(terms) && one_of_each(terms) && terms.iter().all(|p| inner(p) && !matches!(p, Predicate::Or(_)))
        }
        Predicate::Unnamed { .. } => false, // these questions name codes that there are
        Predicate::AtLeast { n, of } => *n > 1 && of.len() > *n && of.is_sorted() && of.iter().all(inner),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn print_parse_round_trips(query in any_query()) {
        let text = query.to_string();
        prop_assert_eq!(Query::parse(&text).map_err(|e| format!("{text}: {e}")), Ok(query));
    }

    #[test]
    fn json_round_trips(query in any_query()) {
        let json = query.to_json().to_string();
        prop_assert_eq!(Query::from_json(&json).map_err(|e| format!("{json}: {e}")), Ok(query.clone()));
        let by_serde: Query = serde_json::from_str(&serde_json::to_string(&query).expect("JSON")).expect("a query");
        prop_assert_eq!(by_serde, query);
    }

    #[test]
    fn text_to_json_to_text_is_the_same_query(query in any_query()) {
        let read = Query::parse(&query.to_string()).expect("printed text parses");
        let twin = Query::from_json(&read.to_json().to_string()).expect("its JSON reads");
        prop_assert_eq!(Query::parse(&twin.to_string()), Ok(query));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Query::parse(&text).map(|q| q.resolve(&dimensions()));
        let _ = Query::from_json(&text);
    }

    #[test]
    fn spans_lie_within_the_text(parts in prop::collection::vec(prop::sample::select(PARTS.to_vec()), 0..14), glue in "[ ]?") {
        let text = parts.join(&glue);
        if let Err(error) = Query::parse(&text).and_then(|q| q.resolve(&dimensions())) {
            let span = error.span().expect("errors about text have a span");
            prop_assert!(text.get(span.clone()).is_some(), "{error} at {span:?} of {text:?}");
        }
    }

    #[test]
    fn normal_form_says_what_was_written(expr in over(known_leaf()), people in prop::collection::vec(person(), 12)) {
        let cohort = Query { filter: expr.clone(), by: Vec::new() }.resolve(&dimensions()).expect("known names");
        prop_assert!(is_normal(cohort.predicate()), "{:?}", cohort.predicate());
        for person in people {
            prop_assert_eq!(person.meets(cohort.predicate()), says(&expr, &person), "{}: {:?}", cohort.canonical(), person);
        }
    }

    #[test]
    fn fixed_values_leave_codes_and_the_same_people(expr in over(known_leaf()), people in prop::collection::vec(person(), 12)) {
        let cohort = Query { filter: expr.clone(), by: Vec::new() }.resolve(&dimensions()).expect("known names");
        for person in people {
            let fixed = cohort.predicate().fix_values(|d| person.value(d));
            prop_assert!(fixed.partitions().is_empty() && is_normal(&fixed), "{fixed:?}");
            prop_assert!(fixed.codes().iter().all(|code| cohort.predicate().codes().contains(code)));
            prop_assert_eq!(person.meets(&fixed), says(&expr, &person));
        }
    }

    #[test]
    fn canonical_text_resolves_to_the_same_cohort(expr in over(known_leaf()), by in prop::sample::subsequence(vec!["centre", "性別", "diagnosis"], 0..3)) {
        let query = Query { filter: expr, by: by.into_iter().map(Name::new).collect() };
        let cohort = query.resolve(&dimensions()).expect("known names");
        let again = Query::parse(cohort.canonical()).expect("canonical text parses").resolve(&dimensions());
        prop_assert_eq!(again, Ok(cohort));
    }

    #[test]
    fn spellings_of_one_cohort_share_canonical_text(expr in over(known_leaf())) {
        let other = Query { filter: respelled(&expr), by: Vec::new() }.resolve(&dimensions()).expect("known names");
        let cohort = Query { filter: expr, by: Vec::new() }.resolve(&dimensions()).expect("known names");
        prop_assert_eq!(other.hash(), cohort.hash());
        prop_assert_eq!(other, cohort);
    }

    #[test]
    fn at_least_counts_each_term(terms in prop::collection::vec(known_leaf(), 1..6), n in 0..7usize, people in prop::collection::vec(person(), 12)) {
        let all = dimensions();
        let one = |term: &Expr| Query { filter: term.clone(), by: Vec::new() }.resolve(&all).expect("known names").predicate().clone();
        let predicate = Predicate::at_least(&all, n, terms.iter().map(one));
        prop_assert!(is_normal(&predicate));
        for person in people {
            prop_assert_eq!(person.meets(&predicate), terms.iter().filter(|term| says(term, &person)).count() >= n);
        }
    }
}

/// Pieces of text from which nearly right queries come.
const PARTS: [&str; 36] = [
    "and",
    "or",
    "not",
    "at",
    "least",
    "of",
    "in",
    "has",
    "by",
    "everyone",
    "centre",
    "2",
    "0",
    "(",
    ")",
    ",",
    "=",
    "!=",
    "..",
    "==",
    "&&",
    "\"",
    "'",
    "\\",
    "＝",
    "（",
    "）",
    "、",
    "　",
    "sex",
    "female",
    "性別",
    "女性",
    "diagnosis",
    "G40",
    "life_stage",
];
