//! Somebody at one centre who knows its rows, against a release of several centres: nothing more follows about the others.

use ninzu::answer::MaybeCount;
use ninzu::disclosure::audit;
use ninzu::{Interval, Published, Row};

use crate::merge::Plan;
use crate::people::{brute_force, crowd, population};

/// The insider's centre.
const OWN: usize = 0;

/// A release of two centres as an insider reads it: the centre's own counts are known, all of them.
fn with_insider(published: &Published) -> Published {
    let people = population(&crowd(300));
    let mut known = published.clone();
    let dimensions = &published.dimensions;
    let declared = published.declared().unwrap();
    for table in &mut known.tables {
        let layout = published.layout(table.order);
        table.rows.retain(|row| row.centre as usize != OWN);
        for codes in table.combinations(dimensions).into_iter().filter(|_| published.collects(OWN, &table.codes)) {
            let of: Vec<(usize, u32)> = table.codes.iter().copied().zip(codes).collect();
            for cell in 0..layout.len() {
                let values = layout.values(cell);
                if declared.is_cell(dimensions, &of, &values) {
                    let interval = Interval::exact(u64::from(brute_force(&people, OWN, &of, &values)));
                    table.rows.push(Row { codes, centre: OWN as u32, cell: cell as u32, interval });
                }
            }
        }
    }
    known
}

fn repaired(plan: &Plan) -> Published {
    let mut published = plan.cells();
    ninzu::disclosure::repair(&mut published, &plan.policy, &mut (), &()).unwrap();
    published
}

#[test]
fn an_insiders_rows_prove_nothing_of_other_centres() {
    let plan = Plan::of(&[0, 1]);
    let published = repaired(&plan);
    let known = with_insider(&published);
    let exact =
        |published: &Published| published.tables.iter().flat_map(|t| &t.rows).filter(|row| row.interval.is_exact()).count();
    assert!(exact(&known) > 100 && exact(&published) == 0);
    assert!(audit(&published, &plan.policy, &()).unwrap().violations.is_empty());
    // Of the own centre everything is proved: the audit sees that. Of the other one nothing.
    let violations = audit(&known, &plan.policy, &()).unwrap().violations;
    assert!(violations.len() > 20, "{}", violations.len());
    let elsewhere: Vec<_> = violations.iter().filter(|violation| violation.centre != OWN).collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[test]
fn answers_over_centres_tell_an_insider_nothing_of_the_others() {
    let plan = Plan::of(&[0, 1]);
    let published = repaired(&plan);
    let (read, inside) = (plan.memory(&published), plan.memory(&with_insider(&published)));
    let mut small = 0;
    for text in crate::merge::QUESTIONS {
        let [read, inside] = [&read, &inside].map(|memory| {
            let prepared = memory.prepare(text);
            memory.engine.answer(&prepared).unwrap()
        });
        let (own, before) = (inside.centres[OWN].count, read.centres[OWN].count);
        let (Some(own), Some(before)) = (bounds(own), bounds(before)) else { continue };
        assert_eq!(before.hull(own), before, "{text}: the truth is inside");
        assert_eq!(read.centres[1..], inside.centres[1..], "{text}");
        let others: Vec<Interval> = inside.centres[1..].iter().filter_map(|centre| bounds(centre.count)).collect();
        // People over centres are as many as their centres say: nobody elsewhere is needed beyond that, and whoever may be there has room.
        let persons = inside.answer.persons;
        let most = others.iter().map(|interval| interval.lower()).max().unwrap_or(0);
        let room = others.iter().map(|interval| interval.upper()).sum::<Option<u64>>();
        assert_eq!(persons.lower, own.lower().max(most), "{text}");
        assert_eq!(persons.upper, own.upper().zip(room).map(|(own, room)| own + room), "{text}");
        small += others.iter().filter(|interval| interval.lower() == 0).count();
    }
    assert!(small > 2, "{small}");
}

fn bounds(count: MaybeCount) -> Option<Interval> {
    let lower = Interval::at_least(count.lower?);
    Some(count.upper.map_or(lower, |upper| Interval::exact(lower.lower()).hull(Interval::exact(upper))))
}
