//! Sessions that only read.

use std::sync::Arc;

use datafusion::catalog::TableFunction;
use datafusion::common::DataFusionError;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::{FunctionRegistry, SessionStateBuilder};
use datafusion::functions::{core, math, string, unicode};
use datafusion::functions_aggregate::planner::AggregateFunctionPlanner;
use datafusion::functions_aggregate::{
    average, bool_and_or, correlation, count, grouping, median, min_max, stddev, string_agg, sum, variance,
};
use datafusion::functions_table;
use datafusion::functions_window::planner::WindowFunctionPlanner;
use datafusion::functions_window::{cume_dist, lead_lag, nth_value, ntile, rank, row_number};
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::prelude::{SessionConfig, SessionContext};
use ninzu_engine::Result;

use super::arithmetic::{Checking, checked_sum};
use super::failure::own;
use super::limits::Limits;

/// A session that may hold at most so many bytes, and writes no files. Its functions are those that counts are asked with; the
/// many others of DataFusion would be a third of the program.
///
/// - aggregates: `count`, `sum`, `min`, `max`, `avg`, `bool_and`, `bool_or`, `grouping`; `median`, `stddev`, `stddev_pop`, `var`,
///   `var_pop`, `corr`, `string_agg`
/// - windows: `row_number`, `rank`, `dense_rank`, `percent_rank`, `lag`, `lead`, and the aggregates; `cume_dist`, `ntile`,
///   `first_value`, `last_value`, `nth_value`
/// - scalars: `coalesce`, `nullif`, `greatest`, `least`, `abs`, `ceil`, `floor`, `round`, `lower`, `upper`, `trim`, `concat`,
///   `contains`, `starts_with`, `ends_with`, `replace`, `length`, `left`, `right`, `substr`, `strpos`; `sqrt`, `ln`, `exp`, `power`,
///   `concat_ws`, `ltrim`, `rtrim`, `lpad`, `rpad`, `split_part`,
///   `repeat`
/// - tables: `generate_series`, `range`
pub fn session(memory: usize) -> Result<SessionContext> {
    let more = Functions {
        scalars: more_scalars(),
        aggregates: more_aggregates(),
        windows: more_windows(),
        tables: functions_table::all_default_table_functions(),
    };
    with(more, Limits::NATIVE, memory)
}

/// The same with fewer functions, those before each semicolon above, and narrower limits: for a browser.
pub fn small_session(memory: usize) -> Result<SessionContext> {
    with(Functions::default(), Limits::SMALL, memory)
}

/// What a session has beside the functions that each has.
#[derive(Default)]
struct Functions {
    scalars: Vec<Arc<ScalarUDF>>,
    aggregates: Vec<Arc<AggregateUDF>>,
    windows: Vec<Arc<WindowUDF>>,
    tables: Vec<Arc<TableFunction>>,
}

fn with(more: Functions, limits: Limits, memory: usize) -> Result<SessionContext> {
    let state = SessionStateBuilder::new()
        .with_config(config(limits))
        .with_runtime_env(runtime(memory).map_err(|e| own(&e))?)
        .with_expr_planners(planners())
        .with_scalar_functions([scalars(), more.scalars].concat())
        .with_aggregate_functions([aggregates(), more.aggregates].concat())
        .with_window_functions([windows(), more.windows].concat())
        .with_table_function_list(more.tables)
        .build();
    checked(SessionContext::new_with_state(state))
}

/// The same session with whole numbers that do not wrap.
fn checked(mut session: SessionContext) -> Result<SessionContext> {
    session.register_udaf(checked_sum());
    session.register_function_rewrite(Arc::new(Checking)).map_err(|e| own(&e))?;
    Ok(session)
}

fn config(limits: Limits) -> SessionConfig {
    SessionConfig::new().with_information_schema(true).with_target_partitions(1).with_extension(Arc::new(limits))
}

fn runtime(memory: usize) -> std::result::Result<Arc<RuntimeEnv>, DataFusionError> {
    let no_files = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
    RuntimeEnvBuilder::new().with_memory_limit(memory, 1.0).with_disk_manager_builder(no_files).build_arc()
}

fn planners() -> Vec<Arc<dyn ExprPlanner>> {
    vec![
        Arc::new(core::planner::CoreFunctionPlanner::default()),
        Arc::new(unicode::planner::UnicodeFunctionPlanner),
        Arc::new(AggregateFunctionPlanner),
        Arc::new(WindowFunctionPlanner),
    ]
}

fn scalars() -> Vec<Arc<ScalarUDF>> {
    vec![
        core::coalesce(),
        core::nullif(),
        core::greatest(),
        core::least(),
        math::abs(),
        math::ceil(),
        math::floor(),
        math::round(),
        string::lower(),
        string::upper(),
        string::btrim(),
        string::concat(),
        string::contains(),
        string::starts_with(),
        string::ends_with(),
        string::replace(),
        unicode::character_length(),
        unicode::left(),
        unicode::right(),
        unicode::substr(),
        unicode::strpos(),
    ]
}

fn aggregates() -> Vec<Arc<AggregateUDF>> {
    vec![
        count::count_udaf(),
        sum::sum_udaf(),
        min_max::min_udaf(),
        min_max::max_udaf(),
        average::avg_udaf(),
        bool_and_or::bool_and_udaf(),
        bool_and_or::bool_or_udaf(),
        grouping::grouping_udaf(),
    ]
}

fn windows() -> Vec<Arc<WindowUDF>> {
    vec![
        row_number::row_number_udwf(),
        rank::rank_udwf(),
        rank::dense_rank_udwf(),
        rank::percent_rank_udwf(),
        lead_lag::lag_udwf(),
        lead_lag::lead_udwf(),
    ]
}

fn more_scalars() -> Vec<Arc<ScalarUDF>> {
    vec![
        math::sqrt(),
        math::ln(),
        math::exp(),
        math::power(),
        string::concat_ws(),
        string::ltrim(),
        string::repeat(),
        string::rtrim(),
        string::split_part(),
        unicode::lpad(),
        unicode::rpad(),
    ]
}

fn more_aggregates() -> Vec<Arc<AggregateUDF>> {
    vec![
        median::median_udaf(),
        stddev::stddev_udaf(),
        stddev::stddev_pop_udaf(),
        variance::var_samp_udaf(),
        variance::var_pop_udaf(),
        correlation::corr_udaf(),
        string_agg::string_agg_udaf(),
    ]
}

fn more_windows() -> Vec<Arc<WindowUDF>> {
    vec![
        cume_dist::cume_dist_udwf(),
        ntile::ntile_udwf(),
        nth_value::first_value_udwf(),
        nth_value::last_value_udwf(),
        nth_value::nth_value_udwf(),
    ]
}
