use super::figures::{AGES, Figures, SEXES};
use super::model::{Model, stratum};
use super::person::REFERENCE_DAY;

#[test]
fn every_condition_can_have_begun_at_every_age_that_has_it() {
    let model = Model::new().expect("the embedded figures are sound");
    for sex in 0..SEXES.len() {
        for age in 0..AGES {
            for &(id, chance) in &model.background[stratum(sex, age)] {
                let condition = &model.conditions[id];
                assert!((0.0..1.0).contains(&chance));
                let born_long_enough = condition.onset.iter().any(|onset| onset.from <= age * 1461 / 4);
                assert!(born_long_enough, "condition {id} at {age} has not begun");
            }
        }
    }
}

#[test]
fn everybody_comes_to_a_centre_for_something() {
    let model = Model::new().expect("the embedded figures are sound");
    for centre in &model.centres {
        for share in [0.0, 0.25, 0.5, 0.75, 0.999_999] {
            let (sex, age) = centre.people.at(share).expect("the centre has a mix");
            assert!(centre.focus[stratum(sex, age)].at(share).is_some(), "nothing brings {sex}, {age} to {}", centre.name);
        }
        assert!(!centre.seconds.is_empty(), "{} shares nobody", centre.name);
    }
}

#[test]
fn every_figure_has_a_known_source() {
    let sources = ["ndb", "ndb_split", "clinosim", "clinosim_incidence", "illustrative"];
    let readme = include_str!("data/README.md");
    for text in [include_str!("data/prevalence.csv"), include_str!("data/services.csv"), include_str!("data/comorbidity.csv")] {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let column = reader.headers().expect("a header").iter().position(|h| h == "source").expect("a source column");
        for row in reader.records() {
            let row = row.expect("a row");
            assert!(sources.contains(&&row[column]), "{row:?}");
            assert!(readme.contains(&format!("`{}`", &row[column])));
        }
    }
    for file in
        ["census", "services", "centres", "second", "prevalence", "conditions", "onset", "comorbidity", "focus", "holdings"]
    {
        assert!(readme.contains(&format!("`{file}.csv`")), "{file}.csv is not in the README");
    }
    assert!(Figures::read().is_ok());
}

#[test]
fn reference_day_is_the_spec_s() {
    let epoch = jiff::civil::date(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().days(REFERENCE_DAY)).expect("a date");
    assert!(super::figures::SPEC.contains(&format!("reference_date = {date}\n")));
}
