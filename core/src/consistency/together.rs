//! Linear programs over the cells of a group and of those that hold it.

use std::collections::BTreeMap;

use ninzu_engine::Interval;
use ninzu_engine::bounds::{Program, Simplex, Solver, Termination, certified_minimum};
use rayon::prelude::*;

use super::clash::{CellPlace, Clash};
use super::system::{KnownCells, System};

/// What programs found out.
pub(super) struct ProgramResults {
    /// How many groups there are at all centres, and of how many the cells were tested together.
    pub(super) systems: u64,
    pub(super) tested: u64,
    pub(super) determined: Vec<(CellPlace, u64)>,
    pub(super) is_complete: bool,
}

/// A program of more variables is not set up.
const MOST_UNKNOWNS: usize = 1_000;
/// What all programs together may cost: about a minute of one processor. Cost is the square of a program's variables for each of
/// its questions.
const BUDGET: u64 = 400_000_000;
/// Multipliers below this are noise.
const NO_DUAL: f64 = 1e-7;
/// Groups above one are held together as far as this.
const MOST_GROUPS: usize = 8;

/// A group at a centre with those that hold it, which come behind it.
struct Task {
    centre: usize,
    groups: Vec<usize>,
    /// Its published cells that are not known exactly.
    hidden: Vec<usize>,
}

/// A count of a stratum: known, or an unknown of the program.
#[derive(Debug, Clone, Copy)]
enum Part {
    KnownCells(u64),
    Variable(u32),
}

/// A program, and what its rows say.
struct Posed {
    program: Program,
    /// For each group of the task, each stratum.
    parts: Vec<Vec<Part>>,
    /// For each row of the program, the group (of the task) and the cell that it states.
    says: BTreeMap<usize, (usize, usize)>,
}

/// Why there is no program.
enum Unposed {
    /// These cells (of these groups of the task) exclude each other.
    Clash(Vec<(usize, usize)>),
    /// It would have too many variables.
    TooLarge,
}

/// What came of a task.
#[derive(Default)]
struct Outcome {
    is_tested: bool,
    is_complete: bool,
    determined: Vec<(usize, u64)>,
}

/// Tests every group at a centre with those that hold it, as far as the centre's part of the budget goes.
pub(super) fn examine(system: &System<'_>, centre: usize, known: &KnownCells) -> Result<ProgramResults, Box<Clash>> {
    let mut found = ProgramResults { systems: 0, tested: 0, determined: Vec::new(), is_complete: true };
    let mut tasks = Vec::new();
    let mut left = BUDGET / system.published.centres.len().max(1) as u64;
    let constrains = constraining(system, centre);
    for (g, hidden) in hidden_cells(system, centre).into_iter().enumerate() {
        let Some(cells) = &known[g] else { continue };
        found.systems += 1;
        let (exact, open): (Vec<usize>, Vec<usize>) = hidden.into_iter().partition(|&cell| cells[cell].is_exact());
        found.determined.extend(exact.into_iter().map(|cell| (system.place_of(centre, g, cell), cells[cell].lower())));
        if is_settled(system, known, &constrains, g) {
            found.tested += 1;
            continue;
        }
        let task = Task { centre, groups: with_outer(system, &constrains, g), hidden: open };
        match task.cost(system, known).filter(|&cost| cost <= left) {
            Some(cost) => {
                left -= cost;
                tasks.push(task);
            }
            None => found.is_complete &= task.hidden.is_empty(),
        }
    }
    let outcomes: Vec<Outcome> = tasks.par_iter().map(|task| task.solve(system, known)).collect::<Result<_, _>>()?;
    for (task, outcome) in tasks.iter().zip(outcomes) {
        found.tested += u64::from(outcome.is_tested);
        found.is_complete &= outcome.is_complete;
        let place = |(cell, count)| (system.place_of(centre, task.groups[0], cell), count);
        found.determined.extend(outcome.determined.into_iter().map(place));
    }
    Ok(found)
}

/// For each group, its published cells at a centre that are no exact counts.
fn hidden_cells(system: &System<'_>, centre: usize) -> Vec<Vec<usize>> {
    let mut hidden = vec![Vec::new(); system.groups.len()];
    for &(g, cell, interval) in &system.rows[centre] {
        if !interval.is_exact() {
            hidden[g as usize].push(cell as usize);
        }
    }
    hidden
}

/// Whether something is said of each group at a centre: of others only that they hold those of which something is.
fn constraining(system: &System<'_>, centre: usize) -> Vec<bool> {
    let is_filled = |table: usize| system.published.tables[table].suppressed.is_some();
    let mut constrains: Vec<bool> = system.groups.iter().map(|group| is_filled(group.table)).collect();
    for &(g, ..) in &system.rows[centre] {
        constrains[g as usize] = true;
    }
    constrains
}

/// Whether narrowing alone has decided all that a program could.
fn is_settled(system: &System<'_>, known: &KnownCells, constrains: &[bool], g: usize) -> bool {
    let Some(cells) = &known[g] else { return true };
    let (group, lattice) = (&system.groups[g], &system.lattice);
    let strata = lattice.finest().map(|m| &lattice.margins[m]);
    if strata.is_some_and(|m| cells[m.offset..m.offset + m.len].iter().all(|cell| cell.is_exact())) {
        return true;
    }
    lattice.is_chain() && !group.outer.iter().any(|&o| known[o].is_some() && constrains[o])
}

/// A group and those that hold it, as far as something is said of them at the centre: of many, a few and everybody.
fn with_outer(system: &System<'_>, constrains: &[bool], g: usize) -> Vec<usize> {
    let outer = system.groups[g].outer.iter().copied().filter(|&o| constrains[o]);
    let mut groups: Vec<usize> = [g].into_iter().chain(outer).collect();
    if groups.len() > MOST_GROUPS {
        // Everybody comes first among all groups.
        let last = groups.iter().copied().min().unwrap_or(g);
        groups.truncate(MOST_GROUPS);
        if !groups.contains(&last) {
            groups[MOST_GROUPS - 1] = last;
        }
    }
    groups
}

impl Task {
    /// The square of its variables for each question; nothing if it is too large.
    fn cost(&self, system: &System<'_>, known: &KnownCells) -> Option<u64> {
        let crossed = system.lattice.crossed();
        let strata = system.lattice.crossing(&crossed, MOST_UNKNOWNS)?;
        let open = match system.lattice.finest().map(|m| &system.lattice.margins[m]) {
            Some(m) => {
                let open =
                    |&g: &usize| known[g].iter().flat_map(|cells| &cells[m.offset..m.offset + m.len]).filter(|c| !c.is_exact());
                self.groups.iter().flat_map(open).count()
            }
            None => strata * self.groups.len(),
        };
        let cost = (open as u64).pow(2) * (1 + self.hidden.len() as u64 / 8);
        (open <= MOST_UNKNOWNS).then_some(cost)
    }

    fn solve(&self, system: &System<'_>, known: &KnownCells) -> Result<Outcome, Box<Clash>> {
        let cell = |&(i, cell): &(usize, usize)| {
            let g = self.groups[i];
            let interval = known[g].as_ref().map_or(Interval::ANY, |cells| cells[cell]);
            (system.place_of(self.centre, g, cell), interval)
        };
        let posed = match self.pose(system, known) {
            Ok(posed) => posed,
            Err(Unposed::Clash(cells)) => return Err(Box::new(Clash::Together(cells.iter().map(cell).collect()))),
            Err(Unposed::TooLarge) => return Ok(Outcome::default()),
        };
        let nothing = vec![0; posed.program.variables()];
        let solution = Simplex::new(&posed.program).minimise(&nothing);
        if solution.status == Termination::Infeasible
            && certified_minimum(&posed.program, &nothing, &solution.constraint_duals) > Some(0)
        {
            let duals = solution.constraint_duals.iter().enumerate().filter(|(_, dual)| dual.abs() > NO_DUAL);
            let says = duals.filter_map(|(row, _)| posed.says.get(&row));
            return Err(Box::new(Clash::Together(says.map(cell).collect())));
        }
        let mut outcome =
            Outcome { is_tested: solution.status == Termination::Optimal, is_complete: true, determined: Vec::new() };
        if !self.hidden.is_empty() {
            self.determine(system, &posed, &mut outcome);
        }
        Ok(outcome)
    }

    /// Finds the hidden cells that have the same count whoever the people are.
    fn determine(&self, system: &System<'_>, posed: &Posed, outcome: &mut Outcome) {
        let mut solver = Solver::new(posed.program.clone());
        let sums: Vec<(Vec<u32>, u64)> = self.hidden.iter().map(|&cell| posed.sum(system, 0, cell)).collect();
        let mut seen = vec![(f64::INFINITY, f64::NEG_INFINITY); sums.len()];
        for at in 0..sums.len() {
            let (members, constant) = &sums[at];
            let mut ends = [None, None];
            for (end, sign) in ends.iter_mut().zip([1, -1]) {
                if seen[at].1 - seen[at].0 > 0.5 {
                    break;
                }
                let mut objective = vec![0; posed.program.variables()];
                for &u in members {
                    objective[u as usize] = sign;
                }
                let Ok((least, solution)) = solver.solve(&objective) else { break };
                *end = least.value;
                if solution.status == Termination::Optimal {
                    for ((members, _), seen) in sums.iter().zip(&mut seen) {
                        let value: f64 = members.iter().map(|&u| solution.point[u as usize]).sum();
                        *seen = (seen.0.min(value), seen.1.max(value));
                    }
                } else {
                    outcome.is_complete = false;
                }
            }
            if let [Some(least), Some(greatest)] = ends
                && least == -greatest
                && let Ok(least) = u64::try_from(least)
            {
                outcome.determined.push((self.hidden[at], least + constant));
            }
        }
    }

    /// The program of a task.
    fn pose(&self, system: &System<'_>, known: &KnownCells) -> Result<Posed, Unposed> {
        let lattice = &system.lattice;
        let finest = lattice.finest();
        let crossed = lattice.crossed();
        let strata = lattice.crossing(&crossed, MOST_UNKNOWNS).ok_or(Unposed::TooLarge)?;
        let mut variables = 0;
        let mut parts = Vec::with_capacity(self.groups.len());
        for &g in &self.groups {
            let cells = known[g].as_ref().ok_or(Unposed::TooLarge)?;
            let part = |stratum: usize| match finest.map(|m| cells[lattice.margins[m].offset + stratum]) {
                Some(interval) if interval.is_exact() => Part::KnownCells(interval.lower()),
                _ => {
                    variables += 1;
                    Part::Variable(variables - 1)
                }
            };
            parts.push((0..strata).map(part).collect::<Vec<Part>>());
        }
        let mut posed = Posed { program: Program::new(variables as usize), parts, says: BTreeMap::new() };
        for (i, &g) in self.groups.iter().enumerate() {
            let cells = known[g].as_ref().ok_or(Unposed::TooLarge)?;
            for margin in &lattice.margins {
                let mut members = vec![(Vec::new(), 0_u64); margin.len];
                for (part, into) in posed.parts[i].iter().zip(lattice.into(&crossed, &margin.dims)) {
                    match *part {
                        Part::Variable(u) => members[into as usize].0.push(u),
                        Part::KnownCells(count) => members[into as usize].1 += count,
                    }
                }
                for (cell, (members, constant)) in members.into_iter().enumerate() {
                    let cell = margin.offset + cell;
                    posed.state(members, constant, cells[cell], (i, cell))?;
                }
            }
        }
        self.state_inclusions(system, &mut posed)?;
        Ok(posed)
    }

    /// States that groups lie inside those that hold them, and what that means for people with both of two codes.
    fn state_inclusions(&self, system: &System<'_>, posed: &mut Posed) -> Result<(), Unposed> {
        let place = |g: usize| self.groups.iter().position(|&other| other == g);
        let first = system.lattice.finest().map(|m| system.lattice.margins[m].offset);
        for (i, &g) in self.groups.iter().enumerate() {
            let group = &system.groups[g];
            for stratum in 0..posed.parts[i].len() {
                let of = |posed: &Posed, i: usize| posed.parts[i][stratum];
                // Where no margin counts single strata, everybody stands for them.
                let cell = first.map_or(0, |first| first + stratum);
                for o in group.outer.iter().filter_map(|&o| place(o)) {
                    posed.state_law(of(posed, o), &[(of(posed, i), 1)], &[(i, cell), (o, cell)])?;
                }
                if let Some([Some(a), Some(b), Some(all)]) = group.pair.map(|pair| pair.map(place)) {
                    let parts = [(of(posed, a), 1), (of(posed, b), 1), (of(posed, i), -1)];
                    posed.state_law(of(posed, all), &parts, &[i, a, b, all].map(|i| (i, cell)))?;
                }
            }
        }
        Ok(())
    }
}

impl Posed {
    /// States that a cell lies in an interval.
    fn state(&mut self, members: Vec<u32>, constant: u64, interval: Interval, says: (usize, usize)) -> Result<(), Unposed> {
        if members.is_empty() || interval == Interval::ANY {
            return Ok(());
        }
        let own = |other: &&(usize, usize)| other.0 == says.0;
        let clash = || Unposed::Clash([says].into_iter().chain(self.says.values().filter(own).copied()).collect());
        let lower = interval.lower().saturating_sub(constant);
        let left = match interval.upper() {
            Some(upper) => upper.checked_sub(constant).and_then(|upper| Interval::new(lower, upper)).ok_or_else(clash)?,
            None => Interval::at_least(lower),
        };
        let row = self.program.constrain(members, left).map_err(|_| clash())?;
        self.says.insert(row, says);
        Ok(())
    }

    /// States that parts, each once or taken away, make no more than a whole. None of their sums is below zero.
    fn state_law(&mut self, whole: Part, parts: &[(Part, i32)], says: &[(usize, usize)]) -> Result<(), Unposed> {
        let mut members = Vec::new();
        let mut constant = 0_i64;
        for &(part, factor) in parts {
            match part {
                Part::Variable(u) => members.push((u, factor)),
                Part::KnownCells(count) => constant += i64::from(factor) * count.min(u64::from(u32::MAX)).cast_signed(),
            }
        }
        let clash = || Unposed::Clash(says.to_vec());
        match whole {
            Part::KnownCells(count) => {
                let room = count.cast_signed() - constant;
                // People taken away alone make no sum that something bounds.
                if members.iter().any(|&(_, factor)| factor > 0) {
                    let room = u64::try_from(room).map_err(|_| clash())?;
                    self.program.constrain_weighted(members, Interval::exact(room).or_less()).map_err(|_| clash())?;
                }
            }
            Part::Variable(u) if constant >= 0 => {
                let turned = members.iter().map(|&(v, factor)| (v, -factor)).chain([(u, 1)]);
                self.program.constrain_weighted(turned, Interval::at_least(constant.unsigned_abs())).map_err(|_| clash())?;
            }
            // That the whole has room for more than the others is no bound that a row can state.
            Part::Variable(_) => {}
        }
        Ok(())
    }

    /// The variables that a cell of a group sums, and what is known of it already.
    fn sum(&self, system: &System<'_>, i: usize, cell: usize) -> (Vec<u32>, u64) {
        let lattice = &system.lattice;
        let at = lattice.margins.partition_point(|margin| margin.offset <= cell).saturating_sub(1);
        let margin = &lattice.margins[at];
        let into = lattice.into(&lattice.crossed(), &margin.dims);
        let own = self.parts[i].iter().zip(into).filter(|(_, into)| *into as usize == cell - margin.offset);
        let (mut members, mut constant) = (Vec::new(), 0);
        for (part, _) in own {
            match *part {
                Part::Variable(u) => members.push(u),
                Part::KnownCells(count) => constant += count,
            }
        }
        (members, constant)
    }
}
