use super::{CellLabels, Draw, DrawKind, Rate};
use crate::build::Key;

fn labels<'a>(list: &[(&'a str, &'a str)]) -> CellLabels<'a> {
    list.iter().copied().collect()
}

#[test]
fn at_least_s_buckets_with_probability_rate_to_the_s() {
    let draws = 100_000;
    for rate in [0.1, 0.25, 0.5] {
        let exact = Rate::new(rate);
        let mut at_least = [0_u32; 4];
        for cell in 0..draws {
            let name = cell.to_string();
            let buckets = Draw::new(&Key::new([9; 32])).with(&labels(&[("code", &name)])).buckets(DrawKind::Lower, &exact);
            for (s, count) in at_least.iter_mut().enumerate() {
                *count += u32::from(buckets > s as u64);
            }
        }
        let mut p = 1.0;
        for (s, &count) in at_least.iter().enumerate() {
            p *= rate;
            let sigma = (f64::from(draws) * p * (1.0 - p)).sqrt();
            assert!((f64::from(count) - f64::from(draws) * p).abs() <= 3.0 * sigma, "{rate}^{}: {count}", s + 1);
        }
    }
}

#[test]
fn thresholds_are_powers_of_the_rate() {
    let half = Rate::new(0.5);
    assert_eq!(half.thresholds.len(), Rate::MOST);
    assert_eq!((half.buckets(0), half.buckets(u64::MAX), half.buckets(1 << 63), half.buckets((1 << 63) - 1)), (64, 0, 0, 1));
    let tenth = Rate::new(0.1);
    assert!(tenth.thresholds.is_sorted_by(|a, b| a > b));
    // 0.1 as a double is 0x1.999999999999ap-4.
    assert_eq!(tenth.thresholds[0], 0x1999_9999_9999_9A00);
}

#[test]
fn messages_tell_cells_and_sides_apart() {
    let sure = Rate { thresholds: (1..64).map(|i| u64::MAX - (u64::MAX / 64) * i).collect() };
    let draw = Draw::new(&Key::new([1; 32]));
    let cells = [
        draw.with(&labels(&[("a", "bc")])),
        draw.with(&labels(&[("ab", "c")])),
        draw.with(&labels(&[("", "abc")])),
        draw.with(&labels(&[("a", "bc")])).with(&labels(&[])),
        draw.with(&labels(&[])).with(&labels(&[("a", "bc")])),
        Draw::new(&Key::new([2; 32])).with(&labels(&[("a", "bc")])),
    ];
    let mut drawn: Vec<Vec<u64>> = Vec::new();
    for cell in &cells {
        for side in [DrawKind::Lower, DrawKind::Upper, DrawKind::Suppressed] {
            // Six more labels give six draws of six bits: collisions of all are unlikely, and the draws are fixed.
            let names = ["0", "1", "2", "3", "4", "5"];
            drawn.push(names.iter().map(|name| cell.with(&labels(&[("n", name)])).buckets(side, &sure)).collect());
        }
    }
    let all = drawn.len();
    drawn.sort();
    drawn.dedup();
    assert_eq!(drawn.len(), all);
}

#[test]
fn the_order_of_labels_does_not_matter() {
    let rate = Rate::new(0.5);
    for key in 0..50 {
        let draw = Draw::new(&Key::new([key; 32]));
        let [a, b] =
            [[("x", "1"), ("y", "2")], [("y", "2"), ("x", "1")]].map(|l| draw.with(&labels(&l)).buckets(DrawKind::Upper, &rate));
        assert_eq!(a, b);
    }
}
