//! The picture of a table's widths: one column for each number of buckets.

use super::html::percent;
use super::widths::Widths;

/// The hatching of columns that are wider than the policy alone would make them; once for each page.
pub(super) const HATCHING: &str = "<svg class=\"patterns\" width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\"><defs>\
     <pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
     <rect class=\"hatch-ground\" width=\"6\" height=\"6\"/><rect class=\"hatch-line\" width=\"2.5\" height=\"6\"/></pattern>\
     </defs></svg>";

/// What the columns are called.
pub(super) const NAMES: [&str; 4] = ["1", "2", "3", "4+"];

/// Measures of the picture, in its own units.
const AXIS: f64 = 40.0;
const COLUMN: f64 = 48.0;
const BAR: f64 = 30.0;
const TOP: f64 = 24.0;
const HEIGHT: f64 = 112.0;

/// The picture, said as `label` to those who do not see it. The scale is the same for every table: all its published cells.
pub(super) fn svg(widths: Widths, label: &str) -> String {
    let (width, foot) = (AXIS + COLUMN * NAMES.len() as f64, TOP + HEIGHT);
    let lines: String = [(0.0, "0%"), (0.5, "50%"), (1.0, "100%")]
        .iter()
        .map(|(share, name)| {
            let y = foot - HEIGHT * share;
            format!(
                "<line class=\"rule\" x1=\"{AXIS}\" x2=\"{width}\" y1=\"{y}\" y2=\"{y}\"/>\
                 <text class=\"axis\" x=\"{}\" y=\"{}\">{name}</text>",
                AXIS - 6.0,
                y + 4.0
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let columns: String = widths
        .buckets
        .iter()
        .zip(NAMES)
        .enumerate()
        .map(|(i, (&cells, name))| {
            let middle = AXIS + COLUMN * (i as f64 + 0.5);
            let share = if widths.closed == 0 { 0.0 } else { cells as f64 / widths.closed as f64 };
            // A few cells are still a line that can be seen.
            let height = if cells == 0 { 0.0 } else { (HEIGHT * share).max(2.0) };
            let class = if i == 0 { "bar" } else { "bar wide" };
            format!(
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{BAR}\" height=\"{height:.1}\"/>\
                 <text class=\"share\" x=\"{middle:.1}\" y=\"{:.1}\">{}</text>\
                 <text class=\"tick\" x=\"{middle:.1}\" y=\"{:.1}\">{name}</text>",
                middle - BAR / 2.0,
                foot - height,
                foot - height - 7.0,
                percent(cells, widths.closed),
                foot + 18.0,
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<svg class=\"histogram\" viewBox=\"0 0 {width} {}\" role=\"img\" aria-label=\"{label}\">{lines}{columns}</svg>",
        foot + 26.0
    )
}
