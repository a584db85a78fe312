//! Calls of the functions and methods that are allowed.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::{Ranged, TextRange};

use super::Compiler;
use crate::guard::place::Refusal;
use crate::guard::tree::{Arguments, Function, Method, Named, What};

/// What is called, for its rules.
struct Called {
    name: &'static str,
    takes: std::ops::RangeInclusive<usize>,
    named: &'static [(&'static str, Named)],
    takes_generator: bool,
}

impl Compiler<'_> {
    pub(super) fn call(&mut self, call: &ast::ExprCall) -> Result<What, Refusal> {
        match &*call.func {
            Expr::Name(name) => {
                let Some(function) = Function::find(&name.id) else {
                    return self.refuse(name.range(), self.no_function(&name.id));
                };
                let called = Called {
                    name: function.as_str(),
                    takes: function.takes(),
                    named: function.named(),
                    takes_generator: function.takes_generator(),
                };
                let arguments = self.arguments(&call.arguments, &called, name.range())?;
                Ok(What::Call(function, Box::new(arguments)))
            }
            Expr::Attribute(attribute) => {
                let name = attribute.attr.as_str();
                let range = attribute.attr.range();
                self.check_name(name, range)?;
                let Some(method) = Method::find(name) else {
                    let methods = Method::names();
                    let reason =
                        format!("a condition cannot call '.{name}'; it can call {methods}");
                    return self.refuse(range, reason);
                };
                let called = Called {
                    name: method.as_str(),
                    takes: method.takes(),
                    named: &[],
                    takes_generator: method == Method::Join,
                };
                let of = self.boxed(&attribute.value)?;
                let arguments = self.arguments(&call.arguments, &called, range)?;
                Ok(What::Method(of, method, Box::new(arguments)))
            }
            other => {
                let functions = Function::names();
                let reason = format!("a condition can call only {functions}, and methods by name");
                self.refuse(other.range(), reason)
            }
        }
    }

    fn no_function(&self, name: &str) -> String {
        let functions = Function::names();
        format!("a condition cannot call '{name}'; it can call {functions}")
    }

    fn arguments(
        &mut self,
        arguments: &ast::Arguments,
        called: &Called,
        at: TextRange,
    ) -> Result<Arguments, Refusal> {
        if let ([Expr::Generator(generator)], [], true) = (
            &*arguments.args,
            &*arguments.keywords,
            called.takes_generator,
        ) {
            let mark = self.names.mark();
            let loops = self.loops(&generator.generators)?;
            let element = self.expression(&generator.elt)?;
            self.names.forget(mark);
            return Ok(Arguments::Generator { loops, element });
        }
        let mut named = Vec::with_capacity(arguments.keywords.len());
        for keyword in &arguments.keywords {
            let name = keyword.arg.as_ref().map(|name| name.as_str());
            let known = called.named.iter();
            let known = known.filter(|(known, _)| Some(*known) == name);
            let Some((known, which)) = known.copied().next() else {
                let reason = match name {
                    Some(name) => format!("{}() has no argument '{name}' here", called.name),
                    None => "unpacking with ** cannot stand in a condition".to_owned(),
                };
                return self.refuse(keyword.range(), reason);
            };
            if named.iter().any(|(before, _)| *before == which) {
                let reason = format!("the argument '{known}' is given twice");
                return self.refuse(keyword.range(), reason);
            }
            named.push((which, self.expression(&keyword.value)?));
        }
        let values = self.all(&arguments.args)?;
        let (least, most) = (*called.takes.start(), *called.takes.end());
        let starts_twice =
            values.len() > 1 && named.iter().any(|(which, _)| *which == Named::Start);
        if !called.takes.contains(&values.len()) || starts_twice {
            let takes = match (least, most) {
                (0, 0) => "no arguments".to_owned(),
                (1, 1) => "one argument".to_owned(),
                (least, 255) => format!("{least} or more arguments"),
                (least, most) => format!("{least} to {most} arguments"),
            };
            let reason = format!(
                "{}() takes {takes}; here it has {}",
                called.name,
                values.len()
            );
            return self.refuse(at, reason);
        }
        Ok(Arguments::Values { values, named })
    }
}
