//! How large a statement may be. Planning recurses into a statement as deep as it is nested, and a chain of `+`, `and` or
//! `union all` nests as deep as it is long: without a limit its end is that of the stack, and of the program.

use std::ops::ControlFlow;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::visit_relations;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use ninzu_engine::{Error, ErrorKind, Message, Result};

use super::failure::SqlResult;
use crate::catalogue::message;

/// The limits of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Bytes of text.
    bytes: usize,
    /// Operators, key words and brackets: all that can nest.
    terms: usize,
    /// Tables that are named.
    tables: usize,
    /// Steps of the plan, subqueries and names of subqueries written out: ten names can mean a thousand steps.
    steps: usize,
}

impl Limits {
    /// For a stack of [`super::STACK`].
    pub(super) const NATIVE: Self = Self { bytes: 1 << 20, terms: 10_000, tables: 500, steps: 20_000 };
    /// For the stack of a browser.
    pub(super) const SMALL: Self = Self { bytes: 1 << 17, terms: 500, tables: 50, steps: 1_000 };

    /// Refuses a text before it is parsed.
    pub(super) fn check_text(&self, statement: &str) -> Result<()> {
        if statement.len() > self.bytes {
            return Err(too_large(message!("sql.bytes", bytes = statement.len(), most = self.bytes)));
        }
        // What is no text in SQL is told by the parser, in its words.
        let Ok(tokens) = Tokenizer::new(&GenericDialect {}, statement).tokenize() else { return Ok(()) };
        let terms = tokens.iter().filter(|token| nests(token)).count();
        if terms > self.terms {
            return Err(too_large(message!("sql.terms", terms = terms, most = self.terms)));
        }
        Ok(())
    }

    /// Refuses a statement before it is planned.
    pub(super) fn check_statement(&self, statement: &Statement) -> Result<()> {
        let statement = match statement {
            Statement::Statement(statement) => statement,
            Statement::Explain(explain) => return self.check_statement(&explain.statement),
            // What else there is does not read, and is refused.
            _ => return Ok(()),
        };
        let mut tables = 0;
        let counted: ControlFlow<()> = visit_relations(&**statement, |_| {
            tables += 1;
            if tables > self.tables { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if counted.is_break() { Err(too_large(message!("sql.tables", most = self.tables))) } else { Ok(()) }
    }

    /// Refuses a plan before it is improved and run.
    pub(super) fn check_plan(&self, plan: &LogicalPlan) -> SqlResult<()> {
        let mut steps = 0;
        plan.apply_with_subqueries(|_| {
            steps += 1;
            Ok(if steps > self.steps { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        if steps > self.steps {
            return Err(super::failure::external(too_large(message!("sql.steps", most = self.steps))));
        }
        Ok(())
    }
}

/// Whether a token can make what is around it deeper. Values, names and commas cannot: a list of thousands is flat.
fn nests(token: &Token) -> bool {
    match token {
        Token::Word(word) => word.quote_style.is_none() && word.keyword != Keyword::NoKeyword,
        Token::EOF
        | Token::Whitespace(_)
        | Token::Comma
        | Token::SemiColon
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::DoubleQuotedString(_)
        | Token::NationalStringLiteral(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_)
        | Token::HexStringLiteral(_) => false,
        _ => true,
    }
}

fn too_large(why: Message) -> Error {
    Error::new(ErrorKind::InvalidQuery, message!("sql.too_large", why = why)).with_hint(message!("hint.sql_several"))
}
