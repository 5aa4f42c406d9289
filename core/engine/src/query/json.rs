//! The JSON twin of the text form.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::{Expr, Name, Query};
use crate::limits::{QUERY_DEPTH, QUERY_JSON, QUERY_TEXT, QUERY_WORDS};
use crate::message::{Message, message};
use crate::text::word;
use crate::{Error, ErrorKind, Result};

/// The JSON Schema (draft 2020-12) of a query.
pub const QUERY_SCHEMA: &str = include_str!("../../schemas/query.schema.json");

impl Query {
    /// Reads the JSON form of a query.
    pub fn from_json(json: &str) -> Result<Self> {
        if json.len() > QUERY_JSON {
            return Err(syntax(message!("query.json_too_long", most = QUERY_JSON)));
        }
        query(
            serde_json::from_slice(json.as_bytes())
                .map_err(|e| syntax(message!("query.not_json", reason = e.to_string(), line = e.line(), column = e.column())))?,
        )
    }

    /// The JSON form of this query.
    pub fn to_json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("filter".to_owned(), value(&self.filter));
        if !self.by.is_empty() {
            fields.insert("by".to_owned(), texts(&self.by));
        }
        Value::Object(fields)
    }
}

impl Serialize for Query {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Query {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        query(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn value(expr: &Expr) -> Value {
    let all = |terms: &[Expr]| Value::Array(terms.iter().map(value).collect());
    match expr {
        Expr::Everyone => json!("everyone"),
        Expr::Is { dimension, value } => json!({"dimension": dimension.text, "is": value.text}),
        Expr::In { dimension, values } => json!({"dimension": dimension.text, "in": texts(values)}),
        Expr::Range { dimension, from, to } => {
            let ends = [("dimension", Some(dimension)), ("from", from.as_ref()), ("to", to.as_ref())];
            ends.into_iter().filter_map(|(key, end)| Some((key, json!(end?.text)))).collect()
        }
        Expr::Has(dimension) => json!({"has": dimension.text}),
        Expr::Not(term) => json!({"not": value(term)}),
        Expr::And(terms) => json!({"and": all(terms)}),
        Expr::Or(terms) => json!({"or": all(terms)}),
        Expr::AtLeast { n, of } => json!({"at_least": n, "of": all(of)}),
    }
}

fn texts(names: &[Name]) -> Value {
    names.iter().map(|name| name.text.as_str()).collect()
}

fn query(value: Value) -> Result<Query> {
    let mut fields = Fields::new(value, "", &|| message!("sort.query"))?;
    let filter = fields.take("filter").map_or(Ok(Expr::Everyone), |value| expr(value, "filter", QUERY_DEPTH))?;
    let by = match fields.take("by") {
        Some(value) => {
            array(value, "by")?.into_iter().enumerate().map(|(i, v)| name(v, &format!("by[{i}]"))).collect::<Result<_>>()?
        }
        None => Vec::new(),
    };
    fields.finish()?;
    let query = Query { filter, by };
    // Whatever is read here can also be printed and read as text.
    if query.words() > QUERY_WORDS || query.to_string().len() > QUERY_TEXT {
        return Err(syntax(message!("query.json_too_much", words = QUERY_WORDS, bytes = QUERY_TEXT))
            .with_hint(message!("hint.higher_code")));
    }
    Ok(query)
}

fn expr(value: Value, at: &str, levels: usize) -> Result<Expr> {
    let Some(below) = levels.checked_sub(1) else {
        return Err(syntax(message!("query.too_deep", most = QUERY_DEPTH)));
    };
    if value == "everyone" {
        return Ok(Expr::Everyone);
    }
    let mut fields = Fields::new(value, at, &|| message!("sort.condition")).map_err(|e| e.with_hint(message!("hint.forms")))?;
    let list = |value: Value, key: &str| {
        let at = format!("{at}.{key}");
        let items = array(value, &at)?;
        items.into_iter().enumerate().map(|(i, item)| expr(item, &format!("{at}[{i}]"), below)).collect::<Result<Vec<_>>>()
    };
    let found = if let Some(dimension) = fields.take("dimension") {
        comparison(name(dimension, &format!("{at}.dimension"))?, &mut fields, at)?
    } else if let Some(dimension) = fields.take("has") {
        Expr::Has(name(dimension, &format!("{at}.has"))?)
    } else if let Some(term) = fields.take("not") {
        Expr::Not(Box::new(expr(term, &format!("{at}.not"), below)?))
    } else if let Some(terms) = fields.take("and") {
        joined(list(terms, "and")?, Expr::And)
    } else if let Some(terms) = fields.take("or") {
        joined(list(terms, "or")?, Expr::Or)
    } else if let Some(count) = fields.take("at_least") {
        let of = list(fields.require("of")?, "of")?;
        let n =
            count.as_u64().and_then(|n| usize::try_from(n).ok()).filter(|n| (1..=of.len()).contains(n)).ok_or_else(|| {
                syntax(message!("query.json_at_least", at = place(&format!("{at}.at_least")), terms = of.len()))
            })?;
        Expr::AtLeast { n, of }
    } else {
        return Err(syntax(message!("query.json_no_condition", at = place(at))).with_hint(message!("hint.forms")));
    };
    fields.finish()?;
    Ok(found)
}

/// What stands beside a `dimension`.
fn comparison(dimension: Name, fields: &mut Fields, at: &str) -> Result<Expr> {
    let mut end = |key: &str| fields.take(key).map(|value| name(value, &format!("{at}.{key}"))).transpose();
    if let Some(value) = end("is")? {
        return Ok(Expr::Is { dimension, value });
    }
    let (from, to) = (end("from")?, end("to")?);
    if from.is_some() || to.is_some() {
        return Ok(Expr::Range { dimension, from, to });
    }
    let Some(values) = fields.take("in") else {
        return Err(syntax(message!("query.json_no_value", at = place(at))).with_hint(message!("hint.add_is")));
    };
    let at = format!("{at}.in");
    let values = array(values, &at)?.into_iter().enumerate().map(|(i, v)| name(v, &format!("{at}[{i}]")));
    Ok(Expr::In { dimension, values: values.collect::<Result<_>>()? })
}

/// Several terms, or the only one.
fn joined(mut terms: Vec<Expr>, join: impl Fn(Vec<Expr>) -> Expr) -> Expr {
    if terms.len() == 1 { terms.remove(0) } else { join(terms) }
}

fn name(value: Value, at: &str) -> Result<Name> {
    match value {
        Value::String(text) => Ok(Name::new(text)),
        other => Err(must_be(at, message!("sort.string"), &other).with_hint(message!("hint.codes_are_strings"))),
    }
}

/// A list with at least one item.
fn array(value: Value, at: &str) -> Result<Vec<Value>> {
    match value {
        Value::Array(items) if items.is_empty() => Err(syntax(message!("query.json_empty", at = place(at)))),
        Value::Array(items) => Ok(items),
        other => Err(must_be(at, message!("sort.list"), &other)),
    }
}

/// The fields of an object that are not read yet.
struct Fields<'a> {
    /// Ascending. A list: taking out of a map is a lot of code, and objects have three fields.
    left: Vec<(String, Value)>,
    /// The path of the object.
    at: &'a str,
}

impl<'a> Fields<'a> {
    fn new(value: Value, at: &'a str, what: &dyn Fn() -> Message) -> Result<Self> {
        match value {
            Value::Object(fields) => Ok(Self { left: fields.into_iter().collect(), at }),
            other => Err(must_be(at, what(), &other)),
        }
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        let place = self.left.iter().position(|(name, _)| name == key)?;
        Some(self.left.remove(place).1)
    }

    fn require(&mut self, key: &str) -> Result<Value> {
        self.take(key).ok_or_else(|| syntax(message!("query.json_lacks", at = place(self.at), key = word(key))))
    }

    fn finish(self) -> Result<()> {
        match self.left.first() {
            Some((key, _)) => Err(syntax(message!("query.json_field", at = place(self.at), key = word(key)))),
            None => Ok(()),
        }
    }
}

/// What another sort of value should be.
fn must_be(at: &str, what: Message, found: &Value) -> Error {
    let found = match found {
        Value::Null => message!("sort.null"),
        Value::Bool(_) => message!("sort.boolean"),
        Value::Number(_) => message!("sort.number"),
        Value::String(_) => message!("sort.text"),
        Value::Array(_) => message!("sort.list"),
        Value::Object(_) => message!("sort.object"),
    };
    syntax(message!("query.json_must_be", at = place(at), what = what, found = found))
}

/// A part of a query by its path; the whole has none.
fn place(path: &str) -> Message {
    if path.is_empty() { message!("place.query") } else { message!("place.field", path = path) }
}

fn syntax(message: Message) -> Error {
    Error::new(ErrorKind::Syntax, message)
}
