use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// What lies above each code, by walking.
fn closure(above: &[Vec<u32>]) -> Vec<BTreeSet<u32>> {
    let ancestors = |start: usize| {
        let (mut found, mut left) = (BTreeSet::new(), vec![start as u32]);
        while let Some(id) = left.pop() {
            left.extend(above[id as usize].iter().filter(|&&upper| found.insert(upper)));
        }
        found
    };
    (0..above.len()).map(ancestors).collect()
}

/// Links without a cycle: from a code to others before it in a hidden order.
fn hierarchies() -> impl Strategy<Value = Vec<Vec<u32>>> {
    (1_u32..24).prop_flat_map(|codes| {
        let hidden = Just((0..codes).collect::<Vec<u32>>()).prop_shuffle();
        let links = prop::collection::vec((0..codes, 0..codes), 0..80);
        (hidden, links).prop_map(|(hidden, links)| {
            let mut above = vec![BTreeSet::new(); hidden.len()];
            for (a, b) in links.into_iter().filter(|(a, b)| a != b) {
                above[hidden[a.max(b) as usize] as usize].insert(hidden[a.min(b) as usize]);
            }
            above.into_iter().map(|of| of.into_iter().collect()).collect()
        })
    })
}

proptest! {
    #[test]
    fn reduction_keeps_the_closure(above in hierarchies()) {
        let reduced = reduce(&above).expect("no cycle");
        let all: Vec<Vec<u32>> = closure(&above).into_iter().map(|of| of.into_iter().collect()).collect();
        prop_assert_eq!(&reduced.ancestors, &all);
        let again: Vec<Vec<u32>> = closure(&reduced.parents).into_iter().map(|of| of.into_iter().collect()).collect();
        prop_assert_eq!(&again, &all);
    }

    #[test]
    fn no_parent_can_be_left_out(above in hierarchies()) {
        let reduced = reduce(&above).expect("no cycle");
        for (id, parents) in reduced.parents.iter().enumerate() {
            for parent in parents {
                let mut without = reduced.parents.clone();
                without[id].retain(|other| other != parent);
                prop_assert!(!closure(&without)[id].contains(parent), "{} < {} follows from the rest", id, parent);
            }
        }
    }

    #[test]
    fn reduction_of_a_closure_is_that_of_its_links(above in hierarchies()) {
        let closed: Vec<Vec<u32>> = closure(&above).into_iter().map(|of| of.into_iter().collect()).collect();
        prop_assert_eq!(reduce(&closed).expect("no cycle"), reduce(&above).expect("no cycle"));
    }

    #[test]
    fn a_link_from_above_to_below_makes_a_cycle(above in hierarchies(), pick in any::<prop::sample::Index>()) {
        let linked: Vec<(u32, u32)> =
            (0..).zip(closure(&above)).flat_map(|(id, of)| of.into_iter().map(move |upper| (id, upper))).collect();
        prop_assume!(!linked.is_empty());
        let &(lower, upper) = pick.get(&linked);
        let mut broken = above.clone();
        broken[upper as usize].push(lower);
        let Err(Refused::Cycle(cycle)) = reduce(&broken) else { panic!("a cycle must be refused") };
        prop_assert_eq!(cycle.first(), cycle.last());
        prop_assert!(cycle.len() > 2);
        for step in cycle.windows(2) {
            prop_assert!(broken[step[0] as usize].contains(&step[1]));
        }
    }
}

#[test]
fn links_have_a_limit() {
    let chain: Vec<Vec<u32>> = (0..10).map(|id: u32| id.checked_sub(1).into_iter().collect()).collect();
    assert_eq!(reduce_within(&chain, 45).expect("45 links").ancestors[9].len(), 9);
    assert_eq!(reduce_within(&chain, 44), Err(Refused::TooMany(44)));
}
