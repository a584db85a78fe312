//! Operators and comparisons.

use ruff_python_ast::{self as ast, CmpOp, Expr, Operator, UnaryOp};
use ruff_text_size::Ranged;

use super::Compiler;
use crate::guard::place::Refusal;
use crate::guard::tree::{Binary, Comparison, Order, Unary, What};

impl Compiler<'_> {
    pub(super) fn unary(&mut self, operation: &ast::ExprUnaryOp) -> Result<What, Refusal> {
        if let (UnaryOp::USub, Expr::NumberLiteral(literal)) = (operation.op, &*operation.operand)
            && let ast::Number::Int(_) = &literal.value
        {
            return Ok(What::Constant(self.number(literal, true)?));
        }
        let operand = self.boxed(&operation.operand)?;
        Ok(match operation.op {
            UnaryOp::Not => What::Not(operand),
            UnaryOp::UAdd => What::Unary(Unary::Plus, operand),
            UnaryOp::USub => What::Unary(Unary::Minus, operand),
            UnaryOp::Invert => What::Unary(Unary::Invert, operand),
        })
    }

    pub(super) fn binary(&mut self, operation: &ast::ExprBinOp) -> Result<What, Refusal> {
        let operator = match operation.op {
            Operator::Add => Binary::Add,
            Operator::Sub => Binary::Subtract,
            Operator::Mult => Binary::Multiply,
            Operator::Div => Binary::Divide,
            Operator::FloorDiv => Binary::FloorDivide,
            Operator::Mod => Binary::Modulo,
            Operator::Pow => Binary::Power,
            Operator::LShift => Binary::ShiftLeft,
            Operator::RShift => Binary::ShiftRight,
            Operator::BitAnd => Binary::And,
            Operator::BitOr => Binary::Or,
            Operator::BitXor => Binary::Xor,
            Operator::MatMult => {
                let reason = "matrices cannot stand in a condition";
                return self.refuse(operation.range(), reason);
            }
        };
        let (left, right) = (self.boxed(&operation.left)?, self.boxed(&operation.right)?);
        Ok(What::Binary(operator, left, right))
    }

    pub(super) fn comparison(&mut self, comparison: &ast::ExprCompare) -> Result<What, Refusal> {
        let first = self.boxed(&comparison.left)?;
        let mut left = &*comparison.left;
        let mut rest = Vec::with_capacity(comparison.comparators.len());
        for (operator, right) in comparison.ops.iter().zip(&comparison.comparators) {
            let operator = match operator {
                CmpOp::Eq => Comparison::Equal,
                CmpOp::NotEq => Comparison::NotEqual,
                CmpOp::Lt => Comparison::Order(Order::Less),
                CmpOp::LtE => Comparison::Order(Order::LessOrEqual),
                CmpOp::Gt => Comparison::Order(Order::Greater),
                CmpOp::GtE => Comparison::Order(Order::GreaterOrEqual),
                CmpOp::In => Comparison::In,
                CmpOp::NotIn => Comparison::NotIn,
                CmpOp::Is => Comparison::Is,
                CmpOp::IsNot => Comparison::IsNot,
            };
            if matches!(operator, Comparison::Is | Comparison::IsNot)
                && !is_single(left)
                && !is_single(right)
            {
                let reason = "'is' compares with None, True or False here; compare with '=='";
                return self.refuse(right.range(), reason);
            }
            rest.push((operator, self.expression(right)?));
            left = right;
        }
        Ok(What::Compare(first, rest))
    }
}

/// Whether there is one value of its kind, so that identity says something.
fn is_single(expr: &Expr) -> bool {
    matches!(expr, Expr::NoneLiteral(_) | Expr::BooleanLiteral(_))
}
