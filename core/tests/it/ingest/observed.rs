//! Observation periods of OMOP tables.

use std::fmt::Write;

use ninzu::format::manifest::ObservationRule;
use ninzu::source::{Class, Note, Reason, Spec};
use proptest::prelude::*;

use super::{Case, OMOP, names};

const PERSON: &str = "person_id,gender_concept_id,year_of_birth\n1,8507,1950\n2,8532,1960\n3,8532,1970\n";

const PERIODS: &str = "observation_period_id,person_id,observation_period_start_date,observation_period_end_date
1,1,2000-01-01,2000-12-31
2,1,2010-01-01,2010-01-01
3,2,1990-05-01,2030-12-31
";

const CONDITIONS: &str = "person_id,condition_concept_id,condition_start_date
1,10,2000-01-01
1,11,2000-12-31
1,12,2001-01-01
1,13,2010-01-01
1,14,
2,10,1990-04-30
2,11,1990-05-01
3,10,2000-06-01
3,11,
";

fn case(periods: &str) -> Case {
    Case::new(&[("person.csv", PERSON), ("condition_occurrence.csv", CONDITIONS), ("observation_period.csv", periods)])
}

fn spec(line: &str) -> String {
    OMOP.replace("centre = \"NCC\"", &format!("centre = \"NCC\"\n{line}"))
}

#[test]
fn records_outside_observation_periods_do_not_count() {
    let (population, report) = case(PERIODS).ingest(OMOP).unwrap();
    let codes = |person: usize| names(&population, person).into_iter().filter(|name| !name.contains('@')).collect::<Vec<_>>();
    // Both ends belong to a period; a record without a date counts where the person was observed at all.
    assert_eq!(codes(0), ["*", "10", "11", "13", "14"]);
    assert_eq!(codes(1), ["*", "11"]);
    // Nobody observed the third person, who still counts as a person.
    assert_eq!(codes(2), Vec::<&str>::new());
    assert_eq!(population.len(), 3);
    let account = report.table("diagnosis").unwrap();
    assert_eq!((account.rows, account.counted), (9, 5));
    assert_eq!(account.left_out, [(Reason::Unobserved, 4)].into());
    assert_eq!(Reason::Unobserved.class(), Class::Rule);
    assert!(
        report.notes.contains(&Note::NeverObserved { file: "observation_period.csv".into(), people: 1 }),
        "{:?}",
        report.notes
    );
    assert_eq!(report.observation, Some(ObservationRule::Inside));
    assert_eq!(report.table("observation_period").unwrap().counted, 3);
}

#[test]
fn a_spec_may_ignore_observation_periods() {
    let (population, report) = case(PERIODS).ingest(&spec("observation_periods = \"ignore\"")).unwrap();
    let (without, _) = Case::new(&[("person.csv", PERSON), ("condition_occurrence.csv", CONDITIONS)]).ingest(OMOP).unwrap();
    super::same(&population, &without);
    assert_eq!(report.observation, Some(ObservationRule::Ignored));
    assert!(report.table("diagnosis").unwrap().left_out.is_empty());
}

#[test]
fn a_folder_without_the_table_says_so() {
    let case = Case::new(&[("person.csv", PERSON), ("condition_occurrence.csv", CONDITIONS)]);
    assert_eq!(case.ingest(OMOP).unwrap().1.observation, Some(ObservationRule::Absent));
    let error = case.error(&spec("observation_periods = \"inside\""));
    assert!(error.to_string().contains("has no table observation_period"), "{error}");
}

#[test]
fn an_empty_table_does_not_leave_out_everything() {
    let header = PERIODS.lines().next().unwrap().to_owned() + "\n";
    let error = case(&header).error(OMOP);
    assert!(error.to_string().contains("observation_period.csv has no period"), "{error}");
    assert!(error.hint().unwrap().contains("observation_periods = \"ignore\""));
}

#[test]
fn periods_that_cannot_be_true_are_bad_rows() {
    for (row, kind, message) in [
        (
            "9,1,2005-01-01,2004-12-31",
            Reason::EndsBeforeStart,
            "column \"observation_period_end_date\" is a date before the start of the period",
        ),
        ("9,1,2005-01-01,", Reason::NoDate, "column \"observation_period_end_date\" has no date"),
    ] {
        let case = case(&format!("{PERIODS}{row}\n"));
        let error = case.error(OMOP);
        assert!(error.to_string().contains("observation_period.csv, line 5") && error.to_string().contains(message), "{error}");
        let (_, report) = case.ingest(&spec("bad_rows = \"drop\"\nbad_rows_limit = 1.0")).unwrap();
        assert_eq!(report.table("observation_period").unwrap().left_out, [(kind, 1)].into());
    }
}

#[test]
fn periods_of_people_who_are_not_there_lose_nothing() {
    let periods = format!("{PERIODS}9,99,2005-01-01,2005-12-31\n9,98,2005-01-01,2005-12-31\n");
    let (population, report) = case(&periods).ingest(OMOP).unwrap();
    super::same(&population, &case(PERIODS).ingest(OMOP).unwrap().0);
    let account = report.table("observation_period").unwrap();
    assert_eq!(account.left_out, [(Reason::OthersPeriod, 2)].into());
    assert_eq!(account.lost_percent(5), 0);
}

#[test]
fn the_setting_is_of_omop_sources_only() {
    let table = OMOP.replace("kind = \"omop\"\npath = \".\"", "kind = \"table\"\nobservation_periods = \"ignore\"");
    let error = Spec::parse(&table).unwrap_err();
    assert!(error.to_string().contains("observation_periods has no effect for kind = \"table\""), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Periods may overlap, touch and come in any order: a record counts if one of them holds its day.
    #[test]
    fn a_record_counts_if_some_period_holds_its_day(
        periods in prop::collection::vec((1_u8..4, 1_u8..29, 0_u8..9), 1..9),
        days in prop::collection::vec((1_u8..4, 1_u8..29), 1..20),
    ) {
        let mut text = PERIODS.lines().next().unwrap().to_owned() + "\n";
        for &(person, start, length) in &periods {
            writeln!(text, "0,{person},2000-01-{start:02},2000-01-{:02}", (start + length).min(31)).unwrap();
        }
        let mut conditions = "person_id,condition_concept_id,condition_start_date\n".to_owned();
        for (i, (person, day)) in days.iter().enumerate() {
            writeln!(conditions, "{person},{},2000-01-{day:02}", 100 + i).unwrap();
        }
        let case = Case::new(&[
            ("person.csv", PERSON),
            ("condition_occurrence.csv", &conditions),
            ("observation_period.csv", &text),
        ]);
        let (population, report) = case.ingest(OMOP).unwrap();
        let mut left_out = 0;
        for (i, &(person, day)) in days.iter().enumerate() {
            let holds = periods.iter().any(|&(of, start, length)| of == person && (start..=start + length).contains(&day));
            let code = (100 + i).to_string();
            prop_assert_eq!(names(&population, usize::from(person) - 1).contains(&code.as_str()), holds);
            left_out += u64::from(!holds);
        }
        prop_assert_eq!(report.table("diagnosis").unwrap().all_left_out(), left_out);
    }
}
