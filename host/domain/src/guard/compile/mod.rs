//! From source to [tree](super::tree): what the tree has no form for is refused, with its place.

mod call;
mod comprehension;
mod names;
mod operator;

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::key::Key;
use super::limits::{MAX_DEPTH, MAX_SOURCE_BYTES, PARSE_STACK_BYTES};
use super::place::Refusal;
use super::tree::{Bounds, Choice, Node, Program, What};
use super::value::Value;
use names::Names;

/// Compiles a condition.
pub(super) fn compile(source: &str) -> Result<Program, Refusal> {
    if source.len() > MAX_SOURCE_BYTES {
        let reason = format!(
            "a condition has at most {MAX_SOURCE_BYTES} bytes; this one has {}",
            source.len()
        );
        return Err(Refusal::new(source, MAX_SOURCE_BYTES as u32, reason));
    }
    // Python, too, takes what stands before an expression away.
    let trimmed = source.trim_start_matches([' ', '\t', '\r', '\n']);
    let skipped = (source.len() - trimmed.len()) as u32;
    if trimmed.trim_end().is_empty() {
        let reason = "the condition is empty; leave it out where there is none";
        return Err(Refusal::new(source, 0, reason));
    }
    // The parser's tree may be thousands of levels deep, and is taken down level by level.
    stacker::grow(PARSE_STACK_BYTES, || {
        let parsed = ruff_python_parser::parse_expression(trimmed).map_err(|error| {
            let at = skipped + error.location.start().to_u32();
            Refusal::new(source, at, in_words(&error.error.to_string()))
        })?;
        let mut compiler = Compiler {
            source,
            skipped,
            names: Names::default(),
            depth: 0,
        };
        let root = compiler.expression(parsed.expr())?;
        Ok(Program {
            root,
            slots: compiler.names.slots(),
        })
    })
}

/// The parser's sentence without its capital letter.
fn in_words(error: &str) -> String {
    let mut letters = error.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => "this is no Python expression".to_owned(),
    }
}

/// Makes our tree of the parser's.
struct Compiler<'s> {
    source: &'s str,
    /// How many bytes before the parsed text are skipped.
    skipped: u32,
    names: Names,
    depth: usize,
}

impl Compiler<'_> {
    fn refuse<T>(&self, range: TextRange, reason: impl Into<String>) -> Result<T, Refusal> {
        Err(Refusal::new(self.source, self.start(range), reason))
    }

    /// Where a range of the parser begins in the source.
    fn start(&self, range: TextRange) -> u32 {
        self.skipped + range.start().to_u32()
    }

    fn boxed(&mut self, expr: &Expr) -> Result<Box<Node>, Refusal> {
        self.expression(expr).map(Box::new)
    }

    fn all<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) -> Result<Vec<Node>, Refusal> {
        exprs
            .into_iter()
            .map(|expr| self.expression(expr))
            .collect()
    }

    fn perhaps(&mut self, expr: Option<&Expr>) -> Result<Option<Node>, Refusal> {
        expr.map(|expr| self.expression(expr)).transpose()
    }

    fn expression(&mut self, expr: &Expr) -> Result<Node, Refusal> {
        if self.depth >= MAX_DEPTH {
            let reason = format!("the condition is more than {MAX_DEPTH} levels deep here");
            return self.refuse(expr.range(), reason);
        }
        self.depth += 1;
        let what = self.what(expr)?;
        self.depth -= 1;
        let at = self.start(self.place(expr));
        Ok(Node { at, what })
    }

    /// Where a fault of the expression is shown: at what was asked of a value rather than at the value.
    fn place(&self, expr: &Expr) -> TextRange {
        match expr {
            Expr::Attribute(attribute) => attribute.attr.range(),
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(attribute) => attribute.attr.range(),
                func => func.range(),
            },
            Expr::Subscript(subscript) => subscript.slice.range(),
            other => other.range(),
        }
    }

    fn what(&mut self, expr: &Expr) -> Result<What, Refusal> {
        let refused = |thing: &str| format!("{thing} cannot stand in a condition");
        Ok(match expr {
            Expr::NoneLiteral(_) => What::Constant(Value::None),
            Expr::BooleanLiteral(literal) => What::Constant(Value::Bool(literal.value)),
            Expr::StringLiteral(literal) => What::Constant(Value::text(literal.value.to_str())),
            Expr::NumberLiteral(literal) => What::Constant(self.number(literal, false)?),
            Expr::Name(name) => What::Variable(self.variable(name)?),
            Expr::Attribute(attribute) => self.member(attribute)?,
            Expr::Subscript(subscript) => self.subscript(subscript)?,
            Expr::List(list) => What::List(self.all(&list.elts)?),
            Expr::Tuple(tuple) => What::Tuple(self.all(&tuple.elts)?),
            Expr::Set(set) => What::Set(self.all(&set.elts)?),
            Expr::Dict(dict) => self.dict(dict)?,
            Expr::BoolOp(operation) => {
                let operands = self.all(&operation.values)?;
                match operation.op {
                    ast::BoolOp::And => What::And(operands),
                    ast::BoolOp::Or => What::Or(operands),
                }
            }
            Expr::UnaryOp(operation) => self.unary(operation)?,
            Expr::BinOp(operation) => self.binary(operation)?,
            Expr::Compare(comparison) => self.comparison(comparison)?,
            Expr::If(choice) => What::Choose(Box::new(Choice {
                test: self.expression(&choice.test)?,
                then: self.expression(&choice.body)?,
                otherwise: self.expression(&choice.orelse)?,
            })),
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) => self.comprehension(expr)?,
            Expr::Call(call) => self.call(call)?,
            Expr::Generator(_) => {
                let reason = "a generator stands only as the only argument of any, all, min, max, sum, sorted or .join; write a list: […]";
                return self.refuse(expr.range(), reason);
            }
            Expr::FString(_) => {
                let reason =
                    "f-strings cannot stand in a condition; put texts together with + and str()";
                return self.refuse(expr.range(), reason);
            }
            Expr::Starred(_) => return self.refuse(expr.range(), refused("unpacking with *")),
            Expr::Lambda(_) => return self.refuse(expr.range(), refused("lambda")),
            Expr::Named(_) => return self.refuse(expr.range(), refused("assignment with :=")),
            Expr::Await(_) => return self.refuse(expr.range(), refused("await")),
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                return self.refuse(expr.range(), refused("yield"));
            }
            Expr::BytesLiteral(_) => return self.refuse(expr.range(), refused("bytes")),
            Expr::TString(_) => return self.refuse(expr.range(), refused("a template string")),
            Expr::EllipsisLiteral(_) => return self.refuse(expr.range(), refused("'...'")),
            Expr::Slice(_) | Expr::IpyEscapeCommand(_) => {
                return self.refuse(expr.range(), refused("this"));
            }
        })
    }

    /// A number; `-9223372036854775808` is one as a whole.
    fn number(&self, literal: &ast::ExprNumberLiteral, negative: bool) -> Result<Value, Refusal> {
        match &literal.value {
            ast::Number::Float(number) => Ok(Value::Float(*number)),
            ast::Number::Int(integer) => {
                let digits = integer.to_string().parse::<i128>();
                let signed = digits.map(|digits| if negative { -digits } else { digits });
                match signed.ok().and_then(|signed| i64::try_from(signed).ok()) {
                    Some(integer) => Ok(Value::Int(integer)),
                    None => self.refuse(literal.range(), "whole numbers have 64 bits here"),
                }
            }
            ast::Number::Complex { .. } => self.refuse(
                literal.range(),
                "complex numbers cannot stand in a condition",
            ),
        }
    }

    fn member(&mut self, attribute: &ast::ExprAttribute) -> Result<What, Refusal> {
        let name = attribute.attr.as_str();
        self.check_name(name, attribute.attr.range())?;
        let of = self.boxed(&attribute.value)?;
        Ok(What::Member(of, Key::Text(name.into())))
    }

    fn subscript(&mut self, subscript: &ast::ExprSubscript) -> Result<What, Refusal> {
        let of = self.boxed(&subscript.value)?;
        Ok(match &*subscript.slice {
            Expr::Slice(slice) => {
                let bounds = Bounds {
                    from: self.perhaps(slice.lower.as_deref())?,
                    to: self.perhaps(slice.upper.as_deref())?,
                    step: self.perhaps(slice.step.as_deref())?,
                };
                What::Slice(of, Box::new(bounds))
            }
            index => What::Subscript(of, self.boxed(index)?),
        })
    }

    fn dict(&mut self, dict: &ast::ExprDict) -> Result<What, Refusal> {
        let mut entries = Vec::with_capacity(dict.items.len());
        for item in &dict.items {
            let Some(key) = &item.key else {
                let reason = "unpacking with ** cannot stand in a condition";
                return self.refuse(item.value.range(), reason);
            };
            entries.push((self.expression(key)?, self.expression(&item.value)?));
        }
        Ok(What::Dict(entries))
    }
}
