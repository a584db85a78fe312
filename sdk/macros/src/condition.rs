//! What stands behind `when`: `channel == 'cash' && amount > 10`, parsed while compiling.
//!
//! ```text
//! conditions = condition { "&&" condition }
//! condition  = field ("==" | "!=" | "<" | "<=" | ">" | ">=") operand
//! field      = name | "{" expression "}"
//! operand    = "'" text "'" | number | "true" | "false" | "current" [ "." name ] | "{" expression "}"
//! ```

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Expr, LitStr};

/// The conditions, each as an expression of the type `Condition`.
pub(crate) fn parse(literal: &LitStr) -> syn::Result<Vec<TokenStream>> {
    let text = literal.value();
    let mut reader = Reader {
        literal,
        rest: text.trim(),
    };
    let mut conditions = vec![reader.condition()?];
    while !reader.rest.is_empty() {
        if !reader.take("&&") {
            return Err(reader.fault("'&&' or the end was expected"));
        }
        conditions.push(reader.condition()?);
    }
    Ok(conditions)
}

struct Reader<'t> {
    literal: &'t LitStr,
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn condition(&mut self) -> syn::Result<TokenStream> {
        let field = self.field()?;
        let name = match &field {
            Term::Name(name) => quote!(#name),
            Term::Expression(expression) => quote!(#expression),
        };
        let comparison = self.comparison()?;
        let operand = self.operand(&name, comparison)?;
        let comparison = format_ident!("{comparison}");
        Ok(quote! {
            ::vervet_sdk::plan::Condition::new(
                #name,
                ::vervet_sdk::plan::Comparison::#comparison,
                #operand,
            )
        })
    }

    fn field(&mut self) -> syn::Result<Term> {
        if let Some(expression) = self.expression()? {
            return Ok(Term::Expression(expression));
        }
        match self.name() {
            "" => Err(self.fault("the name of a field was expected")),
            name => Ok(Term::Name(name.to_owned())),
        }
    }

    fn comparison(&mut self) -> syn::Result<&'static str> {
        // The longer of two that begin alike comes first.
        let known = [
            ("==", "Equal"),
            ("!=", "NotEqual"),
            ("<=", "LessOrEqual"),
            (">=", "GreaterOrEqual"),
            ("<", "Less"),
            (">", "Greater"),
        ];
        for (sign, comparison) in known {
            if self.take(sign) {
                return Ok(comparison);
            }
        }
        Err(self.fault("one of ==, !=, <, <=, > and >= was expected"))
    }

    fn operand(&mut self, field: &TokenStream, comparison: &str) -> syn::Result<TokenStream> {
        if let Some(expression) = self.expression()? {
            return Ok(quote!(#expression));
        }
        if self.rest.starts_with('\'') {
            let text = self.quoted()?;
            return Ok(quote!(#text));
        }
        let number: &str = {
            let end = self
                .rest
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+' | '_')))
                .unwrap_or(self.rest.len());
            &self.rest[..end]
        };
        if number.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') {
            let plain = number.replace('_', "");
            let operand = if let Ok(integer) = plain.parse::<i64>() {
                quote!(#integer)
            } else if let Some(float) = plain.parse::<f64>().ok().filter(|f| f.is_finite()) {
                quote!(#float)
            } else {
                return Err(self.fault("this is no number"));
            };
            self.advance(number.len());
            return Ok(operand);
        }
        match self.name() {
            "true" => Ok(quote!(true)),
            "false" => Ok(quote!(false)),
            "current" if comparison != "Equal" => {
                Err(self.fault("only == may compare with the current transaction"))
            }
            "current" if self.take(".") => match self.name() {
                "" => Err(self.fault("the name of a field was expected behind 'current.'")),
                other => Ok(quote!(::vervet_sdk::plan::Operand::current(#other))),
            },
            "current" => Ok(quote!(::vervet_sdk::plan::Operand::current(#field))),
            "" => Err(self.fault("a text in '…', a number, true, false or current was expected")),
            name => Err(self.fault(&format!(
                "'{name}' is no value; a text stands in single quotes: '{name}'"
            ))),
        }
    }

    /// What stands in braces, as Rust.
    fn expression(&mut self) -> syn::Result<Option<Expr>> {
        let Some(behind) = self.rest.strip_prefix('{') else {
            return Ok(None);
        };
        let Some(length) = behind.find('}') else {
            return Err(self.fault("'}' is missing"));
        };
        let expression = LitStr::new(&behind[..length], self.literal.span()).parse()?;
        self.advance(length + 2);
        Ok(Some(expression))
    }

    /// A text in single quotes, in which a quote is doubled.
    fn quoted(&mut self) -> syn::Result<String> {
        let behind = &self.rest[1..];
        let mut from = 0;
        loop {
            let Some(found) = behind[from..].find('\'') else {
                return Err(self.fault("the closing ' is missing"));
            };
            let end = from + found;
            if !behind[end + 1..].starts_with('\'') {
                let text = behind[..end].replace("''", "'");
                self.advance(end + 2);
                return Ok(text);
            }
            from = end + 2;
        }
    }

    fn name(&mut self) -> &'t str {
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(self.rest.len());
        let name = &self.rest[..end];
        self.advance(end);
        name
    }

    fn take(&mut self, sign: &str) -> bool {
        let taken = self.rest.starts_with(sign);
        if taken {
            self.advance(sign.len());
        }
        taken
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest[bytes..].trim_start();
    }

    fn fault(&self, what: &str) -> syn::Error {
        let place = if self.rest.is_empty() {
            "at the end".to_owned()
        } else {
            format!("before `{}`", self.rest)
        };
        syn::Error::new_spanned(self.literal, format!("{what}, {place}"))
    }
}

enum Term {
    Name(String),
    Expression(Expr),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<usize, &str>) {
        let literal = LitStr::new(text, proc_macro2::Span::call_site());
        match (parse(&literal), expect) {
            (Ok(conditions), Ok(count)) => assert_eq!(conditions.len(), count, "{text}"),
            (Err(error), Err(said)) => assert_eq!(error.to_string(), said, "{text}"),
            (Ok(_), Err(said)) => panic!("{text} should fail: {said}"),
            (Err(error), Ok(_)) => panic!("{text}: {error}"),
        }
    }

    #[test]
    fn conditions_are_read() {
        check("channel == 'cash'", Ok(1));
        check("channel=='cash'&&amount>10", Ok(2));
        check(
            "name == 'O''Brien' && amount <= -1.5e3 && vip != true",
            Ok(3),
        );
        check("currency == current && card == current.other_card", Ok(2));
        check("{&config.field} >= {config.floor * 0.9}", Ok(1));
    }

    #[test]
    fn faults_say_what_was_expected() {
        check("", Err("the name of a field was expected, at the end"));
        check(
            "channel = 'cash'",
            Err("one of ==, !=, <, <=, > and >= was expected, before `= 'cash'`"),
        );
        check(
            "channel == cash",
            Err("'cash' is no value; a text stands in single quotes: 'cash', at the end"),
        );
        check(
            "amount > current",
            Err("only == may compare with the current transaction, at the end"),
        );
        check(
            "a == 'x' || b == 'y'",
            Err("'&&' or the end was expected, before `|| b == 'y'`"),
        );
        check("a == 'x", Err("the closing ' is missing, before `'x`"));
    }
}
