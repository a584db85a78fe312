//! The methods of lists, tuples and dicts.

use super::Machine;
use super::call::Given;
use crate::guard::fault::Raised;
use crate::guard::key::Key;
use crate::guard::show;
use crate::guard::tree::Method;
use crate::guard::value::{Dict, Value};

impl Machine {
    pub(super) fn list_method(
        &mut self,
        name: &str,
        items: &[Value],
        method: Method,
        given: &Given,
    ) -> Result<Value, Raised> {
        let wanted = given.at(0).unwrap_or(&Value::None);
        let mut count = 0;
        for (place, item) in items.iter().enumerate() {
            if self.equal(item, wanted)? {
                if method == Method::Index {
                    return Ok(Value::Int(place as i64));
                }
                count += 1;
            }
        }
        match (method, name) {
            (Method::Index, "list") => {
                let wanted = show::briefly(wanted);
                Err(Raised::of_value(format!("{wanted} is not in list")))
            }
            (Method::Index, _) => Err(Raised::of_value("tuple.index(x): x not in tuple")),
            _ => Ok(Value::Int(count)),
        }
    }

    pub(super) fn dict_method(
        &mut self,
        dict: &Dict,
        method: Method,
        given: &Given,
    ) -> Result<Value, Raised> {
        if let Some(view) = method.view() {
            return Ok(Value::View(view, self.view(dict, view)?));
        }
        let key = Key::of(given.at(0).unwrap_or(&Value::None), &mut self.budget)?;
        let found = dict.get(&key).or(given.at(1));
        Ok(found.cloned().unwrap_or(Value::None))
    }
}
