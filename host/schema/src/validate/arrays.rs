//! Keywords of arrays.

use std::collections::HashMap;

use serde_json::Value;

use super::{At, Halt, Run, Verdict, silent};
use crate::equality::{digest, equal};
use crate::evaluated::Evaluated;
use crate::fault::{Place, Step};
use crate::node::{Contains, Items, Keyword, NodeId};

impl Run<'_, '_> {
    pub(super) fn array(
        &mut self,
        keyword: &Keyword,
        items: &[Value],
        at: At<'_>,
        evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let length = items.len() as u64;
        match keyword {
            Keyword::MinItems(least) => self.check(length >= *least, at, || {
                format!("has less than {least} items")
            }),
            Keyword::MaxItems(most) => self.check(length <= *most, at, || {
                format!("has more than {most} items")
            }),
            Keyword::UniqueItems => {
                let pair = self.equal_pair(items)?;
                self.check(pair.is_none(), at, || match pair {
                    Some((one, other)) => format!("has the same item at {one} and {other}"),
                    None => String::new(),
                })
            }
            Keyword::Items(keyword) => self.items(keyword, items, at, evaluated),
            Keyword::Contains(keyword) => self.contains(keyword, items, at, evaluated),
            Keyword::UnevaluatedItems(schema) => {
                self.unevaluated_items(*schema, items, at, evaluated)
            }
            _ => Ok(true),
        }
    }

    fn item(&mut self, schema: NodeId, items: &[Value], index: usize, at: At<'_>) -> Verdict {
        self.meter.step(1)?;
        let place = Place {
            within: Some(at.place),
            step: Step::Item(index),
        };
        let at = At {
            place: &place,
            ..at
        };
        self.apply(schema, &items[index], at, None)
    }

    fn items(
        &mut self,
        keyword: &Items,
        items: &[Value],
        at: At<'_>,
        evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let first = keyword.first.iter().copied().map(Some);
        let schemas = first.chain(std::iter::repeat(keyword.rest));
        let mut is_valid = true;
        for (index, schema) in (0..items.len()).zip(schemas) {
            let Some(schema) = schema else { break };
            is_valid &= self.item(schema, items, index, at)?;
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        match (evaluated, keyword.rest) {
            (None, _) => {}
            (Some(evaluated), Some(_)) => evaluated.add_all(),
            (Some(evaluated), None) => {
                (0..keyword.first.len().min(items.len())).for_each(|index| evaluated.add(index));
            }
        }
        Ok(is_valid)
    }

    fn contains(
        &mut self,
        keyword: &Contains,
        items: &[Value],
        at: At<'_>,
        mut evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let notes_all = keyword.evaluates && evaluated.is_some();
        let mut count = 0;
        for index in 0..items.len() {
            if self.item(keyword.schema, items, index, silent(at))? {
                count += 1;
                if let Some(evaluated) = evaluated.as_deref_mut().filter(|_| keyword.evaluates) {
                    evaluated.add(index);
                }
            }
            let is_decided = match keyword.most {
                Some(most) => count > most,
                None => count >= keyword.least,
            };
            if is_decided && !notes_all {
                break;
            }
        }
        let fits = count >= keyword.least && keyword.most.is_none_or(|most| count <= most);
        self.check(fits, at, || match keyword.most {
            Some(most) if count > most => {
                format!("has more than {most} items that fit 'contains'")
            }
            _ => format!("has less than {} items that fit 'contains'", keyword.least),
        })
    }

    fn unevaluated_items(
        &mut self,
        schema: NodeId,
        items: &[Value],
        at: At<'_>,
        evaluated: Option<&mut Evaluated>,
    ) -> Verdict {
        let Some(evaluated) = evaluated else {
            return Ok(true);
        };
        let mut is_valid = true;
        for index in 0..items.len() {
            self.meter.step(1)?;
            if evaluated.has(index) {
                continue;
            }
            is_valid &= self.item(schema, items, index, at)?;
            if !is_valid && !at.notes {
                return Ok(false);
            }
        }
        evaluated.add_all();
        Ok(is_valid)
    }

    /// Two items that are equal.
    fn equal_pair(&mut self, items: &[Value]) -> Result<Option<(usize, usize)>, Halt> {
        /// What a map takes for each entry, roughly.
        const BYTES_PER_ITEM: usize = 64;
        let bytes = items.len() * BYTES_PER_ITEM;
        self.meter.hold(bytes)?;
        let mut by_digest: HashMap<u64, Vec<usize>> = HashMap::with_capacity(items.len());
        let mut pair = None;
        'items: for (index, item) in items.iter().enumerate() {
            let digest = digest(item, &mut self.meter)?;
            let same = by_digest.entry(digest).or_default();
            for &other in same.iter() {
                if equal(&items[other], item, &mut self.meter)? {
                    pair = Some((other, index));
                    break 'items;
                }
            }
            same.push(index);
        }
        self.meter.give_back(bytes);
        Ok(pair)
    }
}
