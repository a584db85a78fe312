//! Comprehensions and generators.

use ruff_python_ast::{self as ast, Expr};
use ruff_text_size::Ranged;

use super::Compiler;
use crate::guard::place::Refusal;
use crate::guard::tree::{Comprehension, Loop, Made, Target, What};

impl Compiler<'_> {
    /// A list, set or dict made by loops.
    pub(super) fn comprehension(&mut self, expr: &Expr) -> Result<What, Refusal> {
        let (generators, element, key) = match expr {
            Expr::ListComp(list) => (&list.generators, &list.elt, None),
            Expr::SetComp(set) => (&set.generators, &set.elt, None),
            Expr::DictComp(dict) => (&dict.generators, &dict.value, dict.key.as_ref()),
            other => return self.refuse(other.range(), "a comprehension must stand here"),
        };
        let mark = self.names.mark();
        let loops = self.loops(generators)?;
        let made = match (expr, key) {
            (Expr::DictComp(_), Some(key)) => {
                Made::Dict(self.expression(key)?, self.expression(element)?)
            }
            (Expr::DictComp(_), None) => {
                let reason = "unpacking with ** cannot stand in a condition";
                return self.refuse(element.range(), reason);
            }
            (Expr::SetComp(_), _) => Made::Set(self.expression(element)?),
            _ => Made::List(self.expression(element)?),
        };
        self.names.forget(mark);
        Ok(What::Comprehension(Box::new(Comprehension { loops, made })))
    }

    /// The loops of a comprehension; their variables stay bound.
    pub(super) fn loops(
        &mut self,
        generators: &[ast::Comprehension],
    ) -> Result<Vec<Loop>, Refusal> {
        let mut loops = Vec::with_capacity(generators.len());
        for generator in generators {
            if generator.is_async {
                return self.refuse(generator.range(), "async cannot stand in a condition");
            }
            // The variables are not there yet where what they run over is evaluated.
            let over = self.expression(&generator.iter)?;
            let target = self.target(&generator.target)?;
            let tests = self.all(&generator.ifs)?;
            loops.push(Loop {
                target,
                over,
                tests,
            });
        }
        Ok(loops)
    }

    fn target(&mut self, expr: &Expr) -> Result<Target, Refusal> {
        let parts = match expr {
            Expr::Name(name) => return Ok(Target::Variable(self.bind(name)?)),
            Expr::Tuple(tuple) => &tuple.elts,
            Expr::List(list) => &list.elts,
            other => {
                let reason = "a loop sets variables: 'for name in …' or 'for key, value in …'";
                return self.refuse(other.range(), reason);
            }
        };
        let parts = parts.iter().map(|part| self.target(part));
        Ok(Target::Unpacked(parts.collect::<Result<_, _>>()?))
    }
}
