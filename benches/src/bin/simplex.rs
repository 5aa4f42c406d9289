//! Times programs over realistic strata: building them, the least and the greatest count, cold and warm, and the estimate.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

#[path = "../../../core/engine/tests/it/populations.rs"]
#[expect(dead_code, reason = "shared with the engine's tests")]
mod populations;

use std::hint::black_box;
use std::time::Instant;

use ninzu_engine::bounds::{Simplex, Solver, Termination, certified_minimum, fit};
use populations::{Random, Strata};

/// Runs `work` three times and returns its last result and the least microseconds it took: other load on the machine is not
/// what is measured.
fn timed<S: Clone, T>(state: &S, work: impl Fn(&mut S) -> T) -> (S, T, f64) {
    let mut least = f64::INFINITY;
    for _ in 0..2 {
        let mut state = state.clone();
        let start = Instant::now();
        black_box(work(&mut state));
        least = least.min(start.elapsed().as_secs_f64() * 1e6);
    }
    let mut state = state.clone();
    let start = Instant::now();
    let result = black_box(work(&mut state));
    (state, result, least.min(start.elapsed().as_secs_f64() * 1e6))
}

fn print(what: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let at = |q: f64| times[((times.len() - 1) as f64 * q).round() as usize];
    println!("  {what:<34} p50 {:>8.1} us   p99 {:>8.1} us   max {:>8.1} us", at(0.5), at(0.99), at(1.0));
}

fn main() {
    let populations: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(40);
    for (sexes, stages, codes) in [(2, 8, 2), (3, 9, 2), (2, 8, 3), (3, 9, 3)] {
        let mut random = Random(1);
        let [mut build, mut cold, mut warm, mut certify, mut estimate, mut sweeps] = [const { Vec::new() }; 6];
        let (mut pivots, mut warm_pivots, mut asked, mut dull, mut stalled, mut constraints) = (0, 0, 0, 0, 0, 0);
        for _ in 0..populations {
            let strata = Strata::random(sexes, stages, codes, 5_000, &mut random);
            let ((), program, time) = timed(&(), |()| strata.program(true));
            build.push(time);
            constraints = program.constraints();
            let mut kept = Solver::new(program.clone());
            for round in 0..10 {
                let question = strata.question(&mut random);
                let (_, bounds, time) = timed(&program, |program| Solver::new(program.clone()).bounds(&question));
                let bounds = bounds.expect("one population");
                cold.push(time);
                asked += 1;
                dull += usize::from(!bounds.sharp);
                let (moved, again, time) = timed(&kept, |kept| kept.bounds(&question));
                kept = moved;
                let again = again.expect("one population");
                assert!(
                    again.interval == bounds.interval || !again.sharp || !bounds.sharp,
                    "warm and cold agree: {again:?} {bounds:?}"
                );
                if round > 0 {
                    warm.push(time);
                }
                let negated: Vec<i64> = question.iter().map(|c| -c).collect();
                let mut simplex = Simplex::new(&program);
                let least = simplex.minimise(&question);
                let greatest = simplex.minimise(&negated);
                pivots += least.pivots + greatest.pivots;
                stalled +=
                    usize::from(least.status != Termination::Optimal) + usize::from(greatest.status != Termination::Optimal);
                warm_pivots += kept.solve(&question).map_or(0, |(_, s)| s.pivots);
                certify.push(timed(&(), |()| certified_minimum(&program, &question, &least.constraint_duals)).2);
            }
            let order: Vec<usize> = (0..program.constraints()).collect();
            let ((), fitted, time) = timed(&(), |()| fit(&program, &order));
            estimate.push(time);
            sweeps.push(fitted.sweeps as f64);
        }
        println!(
            "{sexes} x {stages} strata, {codes} codes: {} variables, {constraints} constraints, {asked} questions",
            (sexes * stages) << codes
        );
        print("build the program (with counting)", &mut build);
        print("least and greatest, cold", &mut cold);
        print("least and greatest, warm", &mut warm);
        print("of these, one certificate", &mut certify);
        print("estimate", &mut estimate);
        sweeps.sort_by(f64::total_cmp);
        println!(
            "  pivots a question {:.1} cold, {:.1} back to its minimum; not sharp {dull}, stalled {stalled}; sweeps p50 {}, max {}",
            f64::from(pivots as u32) / f64::from(asked as u32),
            f64::from(warm_pivots as u32) / f64::from(asked as u32),
            sweeps[sweeps.len() / 2],
            sweeps[sweeps.len() - 1],
        );
    }
}
