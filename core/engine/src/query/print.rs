//! A query as text that parses to the same query.

use std::fmt::{self, Display};

use super::lex::is_bare;
use super::{Expr, Name, Query};

impl Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_bare(&self.text) {
            return f.write_str(&self.text);
        }
        write!(f, "\"{}\"", self.text.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Is { dimension, value } => write!(f, "{dimension} = {value}"),
            Self::In { dimension, values } => {
                write!(f, "{dimension} in (")?;
                list(f, values, ", ", |f, value| value.fmt(f))?;
                f.write_str(")")
            }
            Self::Range { dimension, from, to } => {
                write!(f, "{dimension} in ")?;
                from.iter().try_for_each(|from| from.fmt(f))?;
                f.write_str("..")?;
                to.iter().try_for_each(|to| to.fmt(f))
            }
            Self::Has(dimension) => write!(f, "has {dimension}"),
            Self::Not(term) => {
                f.write_str("not ")?;
                operand(f, term)
            }
            Self::And(terms) if terms.is_empty() => f.write_str("everyone"),
            Self::Or(terms) if terms.is_empty() => f.write_str("not everyone"),
            Self::And(terms) => list(f, terms, " and ", operand),
            Self::Or(terms) => list(f, terms, " or ", operand),
            Self::AtLeast { n, of } => {
                write!(f, "at least {n} of (")?;
                list(f, of, ", ", |f, term| term.fmt(f))?;
                f.write_str(")")
            }
        }
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.filter.fmt(f)?;
        if !self.by.is_empty() {
            f.write_str(" by ")?;
            list(f, &self.by, ", ", |f, name| name.fmt(f))?;
        }
        Ok(())
    }
}

/// A term of `and`, `or` or `not`: in parentheses if it is an `and` or `or` itself.
fn operand(f: &mut fmt::Formatter<'_>, term: &Expr) -> fmt::Result {
    match term {
        Expr::And(_) | Expr::Or(_) => write!(f, "({term})"),
        _ => term.fmt(f),
    }
}

fn list<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    between: &str,
    each: impl Fn(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        each(f, item)?;
    }
    Ok(())
}
