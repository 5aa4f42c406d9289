//! Which margins there are, and which cells are parts of which.

use std::collections::BTreeSet;

use super::Lattice;

fn lattice(present: &[&[usize]]) -> Lattice {
    let present: BTreeSet<Vec<usize>> = present.iter().map(|dims| dims.to_vec()).collect();
    Lattice::new(&[2, 3, 4], &present).expect("a small lattice")
}

#[test]
fn margins_hold_what_two_have_in_common() {
    let lattice = lattice(&[&[0, 1], &[1, 2]]);
    let dims: Vec<&[usize]> = lattice.margins.iter().map(|margin| margin.dims.as_slice()).collect();
    assert_eq!(dims, [&[][..], &[1], &[0, 1], &[1, 2]]);
    assert_eq!(lattice.len, 1 + 3 + 6 + 12);
    let covers: Vec<(usize, usize)> = lattice.covers.iter().map(|cover| (cover.coarse, cover.fine)).collect();
    assert_eq!(covers, [(0, 1), (1, 2), (1, 3)], "nothing is counted over what another margin lies between");
    assert!(!lattice.is_chain());
    assert_eq!(lattice.finest(), None);
}

#[test]
fn parts_have_the_values_of_what_they_are_part_of() {
    let lattice = lattice(&[&[0], &[0, 2], &[0, 1, 2]]);
    assert!(lattice.is_chain());
    assert_eq!(lattice.finest(), Some(3));
    for cover in &lattice.covers {
        let [coarse, fine] = [cover.coarse, cover.fine].map(|m| &lattice.margins[m]);
        assert_eq!(cover.into.len(), fine.len);
        for (cell, &into) in cover.into.iter().enumerate() {
            let part = lattice.values(fine.offset + cell);
            let whole = lattice.values(coarse.offset + into as usize);
            for d in 0..3 {
                assert_eq!(whole[d], part[d].filter(|_| coarse.dims.contains(&d)));
            }
        }
    }
}

#[test]
fn too_many_cells_are_not_held() {
    let wide: BTreeSet<Vec<usize>> = BTreeSet::from([vec![0, 1]]);
    assert!(Lattice::new(&[1 << 12, 1 << 12], &wide).is_none());
}
