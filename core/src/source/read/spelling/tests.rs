use proptest::prelude::*;

use super::*;

#[test]
fn what_people_write_differently_is_one_group() {
    for group in [
        ["E10.9", "E109"],
        ["Ｅ１０．９", "E10.9"],
        ["e10.9", "E10.9"],
        ["00123", "123"],
        ["ﾃﾞｰﾀ", "データ"],
        ["DM 2", "DM2"],
        ["DM\u{3000}2", "DM2"],
        ["250.00", "25000"],
    ] {
        let again = group.into_iter().chain(group);
        assert_eq!(spellings(again), [group.map(str::to_owned).to_vec()], "{group:?}");
    }
}

#[test]
fn other_codes_are_other_codes() {
    let codes = ["E10", "E11", "E1", "E10.1", "E10.10", "0", "00", "NA", "N/A", "A-1", "A1", "T", "", "データ", "データー"];
    let groups = spellings(codes.into_iter());
    assert_eq!(groups, Vec::<Vec<String>>::new());
}

proptest! {
    /// However one code is written, it stays in its group, and no group mixes codes with other letters and digits.
    #[test]
    fn a_respelt_code_stays_in_its_group(code in "[A-Z][0-9]{2}[0-9]{1,2}", dot in 0_usize..4, wide in any::<bool>(), low in any::<bool>(), zeros in 0_usize..3) {
        let mut other = code.clone();
        other.insert(dot.max(1), '.');
        if low { other = other.to_lowercase(); }
        if wide { other = other.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)).collect(); }
        other = "0".repeat(zeros) + &other;
        prop_assert_eq!(folded(&other), folded(&code));
        prop_assert_eq!(spellings([code.as_str(), other.as_str()].into_iter()).len(), 1);
    }

    #[test]
    fn folding_twice_is_folding_once(code in "\\PC{0,12}") {
        // What has no other spelling is its own.
        let once = folded(&code);
        prop_assert_eq!(folded(&once), once);
    }
}
