//! Whole numbers that do not wrap. DataFusion's `+`, `-`, `*` and `sum` go on after the largest number with the smallest: a count
//! that is wrong without a word. Here such a statement ends with an error.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::mem::size_of;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::numeric::{add, mul, sub};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef};
use datafusion::arrow::error::ArrowError;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, DataFusionError, ScalarValue};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::type_coercion::binary::BinaryTypeCoercer;
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, BinaryExpr, ColumnarValue, Expr, ExprSchemable, GroupsAccumulator, Operator,
    ReversedUDAF, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, SetMonotonicity, Signature, Volatility,
};

use super::failure::SqlResult;

/// Puts checked arithmetic in the place of DataFusion's, where both sides are whole numbers.
#[derive(Debug)]
pub(super) struct Checking;

impl FunctionRewrite for Checking {
    fn name(&self) -> &'static str {
        "checked_arithmetic"
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema, _: &ConfigOptions) -> SqlResult<Transformed<Expr>> {
        let (left, op, right) = match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) if Checked::is_whole(&left, op, &right, schema) => {
                (*left, op, *right)
            }
            // The smallest number has no negative.
            Expr::Negative(inner) if inner.get_type(schema).is_ok_and(|kind| kind.is_signed_integer()) => {
                (Expr::Literal(ScalarValue::new_zero(&inner.get_type(schema)?)?, None), Operator::Minus, *inner)
            }
            other => return Ok(Transformed::no(other)),
        };
        let (mut operators, mut args) = Checked::chain(left);
        operators.push(op);
        args.push(right);
        let func = Arc::new(ScalarUDF::new_from_impl(Checked::new(operators)));
        Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args })))
    }
}

/// A chain of `+`, `-` and `*` from left to right, which fails where a result does not fit. A chain is one function however long
/// it is: DataFusion works out the type and the name of what is nested anew for each level above it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    /// One less than there are arguments.
    operators: Vec<Operator>,
    signature: Signature,
}

impl Checked {
    fn new(operators: Vec<Operator>) -> Self {
        Self { operators, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn is_whole(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> bool {
        let is_checked = matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply);
        let kinds = || left.get_type(schema).and_then(|left| Ok((left, right.get_type(schema)?)));
        is_checked && kinds().is_ok_and(|(left, right)| types(&left, op, &right).is_ok_and(|(_, _, result)| result.is_integer()))
    }

    /// The chain that an expression is, or begins.
    fn chain(expr: Expr) -> (Vec<Operator>, Vec<Expr>) {
        match expr {
            Expr::ScalarFunction(ScalarFunction { func, args }) => match func.inner().downcast_ref::<Self>() {
                Some(chain) => (chain.operators.clone(), args),
                None => (Vec::new(), vec![Expr::ScalarFunction(ScalarFunction { func, args })]),
            },
            other => (Vec::new(), vec![other]),
        }
    }

    /// The chain as SQL has it, in brackets, with others where `*` is of all that is left of it: two chains have two names.
    fn written(&self, args: impl Iterator<Item = String>) -> String {
        let mut all = String::from("(");
        for (i, arg) in args.enumerate() {
            if let Some(op) = i.checked_sub(1).map(|i| self.operators[i]) {
                if op == Operator::Multiply && self.operators[..i - 1].iter().any(|op| *op != Operator::Multiply) {
                    all.insert(0, '(');
                    all.push(')');
                }
                // A string takes what is written.
                let _ = write!(all, " {op} ");
            }
            all.push_str(&arg);
        }
        all.push(')');
        all
    }
}

/// What both sides are cast to, and the type of the result, as DataFusion has them.
fn types(left: &DataType, op: Operator, right: &DataType) -> SqlResult<(DataType, DataType, DataType)> {
    let coercer = BinaryTypeCoercer::new(left, &op, right);
    let (left, right) = coercer.get_input_types()?;
    Ok((left, right, coercer.get_result_type()?))
}

fn apply(left: &ArrayRef, op: Operator, right: &ArrayRef) -> SqlResult<ArrayRef> {
    let (left_type, right_type, _) = types(left.data_type(), op, right.data_type())?;
    let (left, right) = (cast(left, &left_type)?, cast(right, &right_type)?);
    Ok(match op {
        Operator::Plus => add(&left, &right)?,
        Operator::Minus => sub(&left, &right)?,
        _ => mul(&left, &right)?,
    })
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &'static str {
        "checked_arithmetic"
    }

    fn display_name(&self, args: &[Expr]) -> SqlResult<String> {
        Ok(self.written(args.iter().map(ToString::to_string)))
    }

    fn schema_name(&self, args: &[Expr]) -> SqlResult<String> {
        Ok(self.written(args.iter().map(|arg| arg.schema_name().to_string())))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> SqlResult<Vec<DataType>> {
        // Each step casts for itself: what is left of it has a type only then.
        Ok(types.to_vec())
    }

    fn return_type(&self, kinds: &[DataType]) -> SqlResult<DataType> {
        let (first, rest) = kinds.split_first().ok_or_else(|| DataFusionError::Plan("arithmetic takes numbers".into()))?;
        let mut kind = first.clone();
        for (op, right) in self.operators.iter().zip(rest) {
            kind = types(&kind, *op, right)?.2;
        }
        Ok(kind)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> SqlResult<ColumnarValue> {
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (first, rest) = arrays.split_first().ok_or_else(|| DataFusionError::Plan("arithmetic takes numbers".into()))?;
        let mut result = first.clone();
        for (op, right) in self.operators.iter().zip(rest) {
            result = apply(&result, *op, right)?;
        }
        if is_scalar {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?));
        }
        Ok(ColumnarValue::Array(result))
    }
}

/// DataFusion's `sum`, with checked sums of whole numbers.
pub(super) fn checked_sum() -> AggregateUDF {
    AggregateUDF::new_from_impl(CheckedSum { inner: Sum::new() })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct CheckedSum {
    inner: Sum,
}

impl CheckedSum {
    fn whole(args: &AccumulatorArgs<'_>) -> Option<Box<dyn Accumulator>> {
        let kind = args.return_field.data_type();
        let values = if args.is_distinct { Values::Distinct(HashSet::new()) } else { Values::All { total: 0, count: 0 } };
        kind.is_integer().then(|| Box::new(WholeSum { kind: kind.clone(), values }) as Box<dyn Accumulator>)
    }
}

impl AggregateUDFImpl for CheckedSum {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> SqlResult<DataType> {
        self.inner.return_type(types)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> SqlResult<Box<dyn Accumulator>> {
        Self::whole(&args).map_or_else(|| self.inner.accumulator(args), Ok)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> SqlResult<Vec<FieldRef>> {
        if !args.return_field.data_type().is_integer() {
            return self.inner.state_fields(args);
        }
        let name = format_state_name(args.name, "sum");
        let count = Field::new(format_state_name(args.name, "count"), DataType::UInt64, false);
        Ok(if args.is_distinct {
            vec![Arc::new(Field::new_list(name, Field::new_list_field(WIDE, true), false))]
        } else {
            vec![Arc::new(Field::new(name, WIDE, false)), Arc::new(count)]
        })
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !args.return_field.data_type().is_integer() && self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> SqlResult<Box<dyn GroupsAccumulator>> {
        self.inner.create_groups_accumulator(args)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> SqlResult<Box<dyn Accumulator>> {
        if args.is_distinct {
            return self.inner.create_sliding_accumulator(args);
        }
        Self::whole(&args).map_or_else(|| self.inner.create_sliding_accumulator(args), Ok)
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn set_monotonicity(&self, kind: &DataType) -> SetMonotonicity {
        self.inner.set_monotonicity(kind)
    }
}

/// Wide enough for the sum of as many whole numbers as there can be.
const WIDE: DataType = DataType::Decimal128(38, 0);

/// The sum of whole numbers.
#[derive(Debug)]
struct WholeSum {
    /// What the sum must fit.
    kind: DataType,
    values: Values,
}

#[derive(Debug)]
enum Values {
    All { total: i128, count: u64 },
    Distinct(HashSet<i128>),
}

impl WholeSum {
    fn each(array: &ArrayRef, mut take: impl FnMut(i128)) -> SqlResult<()> {
        let wide = cast(array, &WIDE)?;
        wide.as_primitive::<Decimal128Type>().iter().flatten().for_each(&mut take);
        Ok(())
    }

    fn too_large(&self) -> DataFusionError {
        ArrowError::ArithmeticOverflow(format!("a sum does not fit {}", self.kind)).into()
    }
}

impl Accumulator for WholeSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> SqlResult<()> {
        let [array] = values else { return Err(DataFusionError::Plan("sum takes one argument".into())) };
        match &mut self.values {
            Values::All { total, count } => Self::each(array, |value| {
                *total += value;
                *count += 1;
            }),
            Values::Distinct(set) => Self::each(array, |value| {
                set.insert(value);
            }),
        }
    }

    fn evaluate(&mut self) -> SqlResult<ScalarValue> {
        let (total, is_empty) = match &self.values {
            Values::All { total, count } => (*total, *count == 0),
            Values::Distinct(set) => (set.iter().sum(), set.is_empty()),
        };
        if is_empty {
            return ScalarValue::try_from(&self.kind);
        }
        if self.kind == DataType::UInt64 {
            return Ok(ScalarValue::UInt64(Some(u64::try_from(total).map_err(|_| self.too_large())?)));
        }
        Ok(ScalarValue::Int64(Some(i64::try_from(total).map_err(|_| self.too_large())?)))
    }

    fn size(&self) -> usize {
        let set = match &self.values {
            Values::All { .. } => 0,
            // A table keeps an eighth of its places free, and a byte for each.
            Values::Distinct(set) => set.capacity() * 8 / 7 * (size_of::<i128>() + 1),
        };
        size_of::<Self>() + set
    }

    fn state(&mut self) -> SqlResult<Vec<ScalarValue>> {
        let wide = |value: i128| ScalarValue::Decimal128(Some(value), 38, 0);
        Ok(match &self.values {
            Values::All { total, count } => vec![wide(*total), ScalarValue::UInt64(Some(*count))],
            Values::Distinct(set) => {
                let values: Vec<ScalarValue> = set.iter().copied().map(wide).collect();
                vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &WIDE))]
            }
        })
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> SqlResult<()> {
        match (&mut self.values, states) {
            (Values::All { total, count }, [totals, counts]) => {
                Self::each(totals, |value| *total += value)?;
                // Counts are no larger than what was read.
                Self::each(counts, |value| *count += value as u64)
            }
            (Values::Distinct(set), [lists]) => {
                let lists = lists.as_list::<i32>();
                (0..lists.len()).filter(|&row| lists.is_valid(row)).try_for_each(|row| {
                    Self::each(&lists.value(row), |value| {
                        set.insert(value);
                    })
                })
            }
            _ => Err(DataFusionError::Plan("a sum's state has another form".into())),
        }
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> SqlResult<()> {
        match (&mut self.values, values) {
            (Values::All { total, count }, [array]) => Self::each(array, |value| {
                *total -= value;
                *count -= 1;
            }),
            _ => Err(DataFusionError::Plan("a sum of different values cannot give any back".into())),
        }
    }

    fn supports_retract_batch(&self) -> bool {
        matches!(self.values, Values::All { .. })
    }
}
