//! Keywords that look at a value as a whole, or at a number or a string.

use serde_json::Value;

use super::{At, Run, Verdict};
use crate::equality::{digest, equal};
use crate::fault::{listed, quoted};
use crate::node::{Choices, Keyword, Limit};
use crate::number::Decimal;

impl Run<'_, '_> {
    pub(super) fn scalar(&mut self, keyword: &Keyword, value: &Value, at: At<'_>) -> Verdict {
        match (keyword, value) {
            (Keyword::Type(types), value) => {
                if let Value::Number(_) = value {
                    self.meter.step(1)?;
                }
                let types = *types;
                self.check(types.has(value), at, || {
                    format!("is not of type {}", types.names())
                })
            }
            (Keyword::Const(own), value) => {
                let fits = equal(own, value, &mut self.meter)?;
                self.check(fits, at, || {
                    format!("is not {}", listed(std::slice::from_ref(own)))
                })
            }
            (Keyword::Enum(choices), value) => {
                let fits = self.is_choice(choices, value)?;
                self.check(fits, at, || {
                    format!("is none of {}", listed(&choices.values))
                })
            }
            (
                Keyword::Minimum(_) | Keyword::Maximum(_) | Keyword::MultipleOf(_),
                Value::Number(number),
            ) => {
                let number = Decimal::of(number);
                self.meter.read(number.significant_digits())?;
                self.number(keyword, &number, at)
            }
            (_, Value::String(text)) => self.string(keyword, value, text, at),
            _ => Ok(true),
        }
    }

    fn is_choice(&mut self, choices: &Choices, value: &Value) -> Verdict {
        let digest = digest(value, &mut self.meter)?;
        let Some(same) = choices.by_digest.get(&digest) else {
            return Ok(false);
        };
        for index in same {
            if equal(&choices.values[*index as usize], value, &mut self.meter)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn number(&mut self, keyword: &Keyword, number: &Decimal, at: At<'_>) -> Verdict {
        match keyword {
            Keyword::Minimum(limit) => {
                let fits = fits(&limit.value, number, limit);
                self.check(fits, at, || match limit.is_exclusive {
                    true => "is not more than 'exclusiveMinimum'".to_owned(),
                    false => "is less than 'minimum'".to_owned(),
                })
            }
            Keyword::Maximum(limit) => {
                let fits = fits(number, &limit.value, limit);
                self.check(fits, at, || match limit.is_exclusive {
                    true => "is not less than 'exclusiveMaximum'".to_owned(),
                    false => "is more than 'maximum'".to_owned(),
                })
            }
            Keyword::MultipleOf(divisor) => {
                // Powers and products of a hundred bits, bit by bit.
                self.meter.step(500)?;
                let fits = number.is_multiple_of(divisor);
                self.check(fits, at, || "is no multiple of 'multipleOf'".to_owned())
            }
            _ => Ok(true),
        }
    }

    fn string(&mut self, keyword: &Keyword, value: &Value, text: &str, at: At<'_>) -> Verdict {
        match keyword {
            Keyword::MinLength(least) => {
                self.meter.read(text.len())?;
                let fits = text.chars().count() as u64 >= *least;
                self.check(fits, at, || format!("has less than {least} characters"))
            }
            Keyword::MaxLength(most) => {
                self.meter.read(text.len())?;
                let fits = text.chars().count() as u64 <= *most;
                self.check(fits, at, || format!("has more than {most} characters"))
            }
            Keyword::Pattern(pattern) => {
                let pattern = &self.schema.patterns[*pattern as usize];
                let fits = pattern.is_match(text, &mut self.meter)?;
                self.check(fits, at, || {
                    format!("does not match the pattern {}", quoted(pattern.source()))
                })
            }
            Keyword::Format(format) => {
                self.meter.step(10 + text.len() as u64)?;
                let fits = format.is_valid(value);
                self.check(fits, at, || format!("is no {}", format.name()))
            }
            Keyword::Content(content) => {
                self.meter.step(10 + text.len() as u64)?;
                let fits = content.fits(text);
                self.check(fits, at, || {
                    "is not encoded as 'contentEncoding' and 'contentMediaType' ask for".to_owned()
                })
            }
            _ => Ok(true),
        }
    }
}

/// Whether the first is less, or as much where that will do.
fn fits(less: &Decimal, more: &Decimal, limit: &Limit) -> bool {
    if limit.is_exclusive {
        less < more
    } else {
        less <= more
    }
}
