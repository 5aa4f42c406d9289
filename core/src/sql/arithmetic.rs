//! Whole numbers that do not wrap. DataFusion's `+`, `-`, `*` and `sum` go on after the largest number with the smallest: a count
//! that is wrong without a word. Here such a statement ends with an error.

use std::collections::HashSet;
use std::mem::size_of;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::compute::kernels::numeric::{add, mul, sub};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef};
use datafusion::arrow::error::ArrowError;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, DataFusionError, ExprSchema, ScalarValue};
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

use super::Found;

/// Puts checked arithmetic in the place of DataFusion's, where both sides are whole numbers.
#[derive(Debug)]
pub(super) struct Checking;

impl FunctionRewrite for Checking {
    fn name(&self) -> &'static str {
        "checked_arithmetic"
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema, _: &ConfigOptions) -> Found<Transformed<Expr>> {
        let (operation, args) = match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => match Checked::of(op) {
                Some(checked) if checked.is_whole(&left, &right, schema) => (checked, vec![*left, *right]),
                _ => return Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
            },
            // The smallest number has no negative.
            Expr::Negative(inner) if inner.get_type(schema).is_ok_and(|kind| kind.is_signed_integer()) => {
                let zero = Expr::Literal(ScalarValue::new_zero(&inner.get_type(schema)?)?, None);
                (Checked::new(Operator::Minus), vec![zero, *inner])
            }
            other => return Ok(Transformed::no(other)),
        };
        let func = Arc::new(ScalarUDF::new_from_impl(operation));
        Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction { func, args })))
    }
}

/// `+`, `-` or `*` of whole numbers, which fails where the result does not fit.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    op: Operator,
    signature: Signature,
}

impl Checked {
    fn new(op: Operator) -> Self {
        Self { op, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn of(op: Operator) -> Option<Self> {
        matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply).then(|| Self::new(op))
    }

    fn is_whole(&self, left: &Expr, right: &Expr, schema: &dyn ExprSchema) -> bool {
        let kinds = left.get_type(schema).and_then(|left| Ok((left, right.get_type(schema)?)));
        kinds.is_ok_and(|(left, right)| self.types(&left, &right).is_ok_and(|(_, result)| result.is_integer()))
    }

    /// What both sides are cast to, and the type of the result, as DataFusion has them.
    fn types(&self, left: &DataType, right: &DataType) -> Found<(Vec<DataType>, DataType)> {
        let coercer = BinaryTypeCoercer::new(left, &self.op, right);
        let (left, right) = coercer.get_input_types()?;
        Ok((vec![left, right], coercer.get_result_type()?))
    }
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &'static str {
        match self.op {
            Operator::Plus => "checked_add",
            Operator::Minus => "checked_subtract",
            _ => "checked_multiply",
        }
    }

    fn display_name(&self, args: &[Expr]) -> Found<String> {
        let shown: Vec<String> = args.iter().map(ToString::to_string).collect();
        Ok(shown.join(&format!(" {} ", self.op)))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Found<Vec<DataType>> {
        let [left, right] = types else { return Err(DataFusionError::Plan(format!("{} takes two numbers", self.op))) };
        Ok(self.types(left, right)?.0)
    }

    fn return_type(&self, types: &[DataType]) -> Found<DataType> {
        let [left, right] = types else { return Err(DataFusionError::Plan(format!("{} takes two numbers", self.op))) };
        Ok(self.types(left, right)?.1)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Found<ColumnarValue> {
        let kernel = match self.op {
            Operator::Plus => add,
            Operator::Minus => sub,
            _ => mul,
        };
        let is_scalar = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [left, right] = &arrays[..] else { return Err(DataFusionError::Plan(format!("{} takes two numbers", self.op))) };
        let result = kernel(left, right)?;
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

    fn return_type(&self, types: &[DataType]) -> Found<DataType> {
        self.inner.return_type(types)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Found<Box<dyn Accumulator>> {
        Self::whole(&args).map_or_else(|| self.inner.accumulator(args), Ok)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Found<Vec<FieldRef>> {
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

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Found<Box<dyn GroupsAccumulator>> {
        self.inner.create_groups_accumulator(args)
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Found<Box<dyn Accumulator>> {
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
    fn each(array: &ArrayRef, mut take: impl FnMut(i128)) -> Found<()> {
        let wide = cast(array, &WIDE)?;
        wide.as_primitive::<Decimal128Type>().iter().flatten().for_each(&mut take);
        Ok(())
    }

    fn too_large(&self) -> DataFusionError {
        ArrowError::ArithmeticOverflow(format!("a sum does not fit {}", self.kind)).into()
    }
}

impl Accumulator for WholeSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Found<()> {
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

    fn evaluate(&mut self) -> Found<ScalarValue> {
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

    fn state(&mut self) -> Found<Vec<ScalarValue>> {
        let wide = |value: i128| ScalarValue::Decimal128(Some(value), 38, 0);
        Ok(match &self.values {
            Values::All { total, count } => vec![wide(*total), ScalarValue::UInt64(Some(*count))],
            Values::Distinct(set) => {
                let values: Vec<ScalarValue> = set.iter().copied().map(wide).collect();
                vec![ScalarValue::List(ScalarValue::new_list_nullable(&values, &WIDE))]
            }
        })
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Found<()> {
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

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Found<()> {
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
